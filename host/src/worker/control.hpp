// The control lane of a worker: loads the plugin when told which, and ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <qry/callback.hpp>
#include <qry/registry/unique_fd.hpp>
#include <qry/result.hpp>

#include "backend/backend.hpp"
#include "base/loop_group.hpp"
#include "wire/lane.hpp"
#include "wire/segment.hpp"
#include "wire/segment_keeper.hpp"
#include "worker/log_relay.hpp"
#include "worker/session_service.hpp"

namespace qry::worker {

// Statuses of the process.
inline constexpr int exit_well = 0;
// EX_SOFTWARE: the host sent what makes no sense.
inline constexpr int exit_violation = 70;

// How long sessions may take to leave their servers once the host is gone.
inline constexpr std::int64_t farewell_ns = 300'000'000;

struct loaded_plugin {
    std::shared_ptr<backend::driver> driver;
    std::string version;
    bool blocking = false;
};
using plugin_loader = std::function<result<loaded_plugin>(
    const wire::hello& what, base::loop_group& loops, std::shared_ptr<wire::segment_source> memory
)>;
// Finds the plugin in its folder, and loads it.
[[nodiscard]] result<loaded_plugin> load_plugin(
    const wire::hello& what, base::loop_group& loops, std::shared_ptr<wire::segment_source> memory
);

struct control_parts {
    registry::unique_fd socket;
    std::vector<registry::unique_fd> lanes;
    plugin_loader load = &load_plugin;
    // hello has come; before the plugin is loaded, and after.
    callback<void(const wire::hello&, log_relay&, wire::lane&)> on_hello;
    callback<void()> on_loaded;
    // The process is to end with this status; why is empty when all is well. Once, on the loop.
    callback<void(int status, std::string why)> on_exit;
};

// Not thread-safe: its loop only, which is none of the sessions'.
class control : public std::enable_shared_from_this<control> {
public:
    control(boost::asio::io_context& loop, control_parts parts);

    void start();
    // The host is gone.
    void hang_up();
    // For tests, which end before their process does.
    [[nodiscard]] base::loop_group* loops() noexcept { return loops_.get(); }

private:
    [[nodiscard]] result<void> take(const wire::incoming& frame);
    [[nodiscard]] result<void> take_hello(const wire::incoming& frame);
    void serve(const loaded_plugin& plugin);
    void drain();
    void one_is_empty();
    void end_if_empty();
    void broken(error why);
    void end(int status, std::string why);
    // Runs `what` with each service on its own loop.
    void each(const std::function<void(session_service&)>& what);

    boost::asio::io_context& loop_;
    control_parts parts_;
    const std::shared_ptr<wire::lane> lane_;
    log_relay log_;
    boost::asio::steady_timer farewell_;
    std::shared_ptr<wire::segment_source> memory_;
    std::shared_ptr<wire::segment_keeper> keeper_;
    std::unique_ptr<base::loop_group> loops_;
    std::vector<std::shared_ptr<session_service>> services_;
    std::size_t empty_ = 0;
    bool greeted_ = false;
    bool draining_ = false;
    bool leaving_ = false;
    bool violated_ = false;
};

}  // namespace qry::worker
