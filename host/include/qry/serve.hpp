// The daemon: one host for many processes, which reach it by host::connect().
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <qry/export.h>
#include <qry/callback.hpp>
#include <qry/host.hpp>
#include <qry/result.hpp>

namespace qry {

struct serve_options {
    host_options host;
    // "unix:PATH"; empty = $QRY_SOCKET, then the default. A socket that systemd hands over
    // (LISTEN_FDS) takes its place.
    std::string listen;
    // How long work that runs may go on once the daemon is asked to stop.
    duration drain = std::chrono::seconds(10);
};

// Thread-safe. Runs on threads of its own from start() to the completion of stop().
class server {
public:
    // Binds the socket (mode 0600), opens the host, serves, and tells systemd that it is ready.
    [[nodiscard]] QRY_EXPORT static result<std::shared_ptr<server>> start(serve_options options);
    virtual ~server() = default;
    // "unix:/run/qry-host.sock".
    [[nodiscard]] virtual const std::string& address() const noexcept = 0;
    // No client and no call is taken any more; what runs gets its time, is then cancelled, and the
    // host is closed. Completes within `drain` and three seconds: with an error when something
    // still held on to the host, and the process should end without waiting for it.
    virtual void stop(completion<void> done) = 0;
};

}  // namespace qry
