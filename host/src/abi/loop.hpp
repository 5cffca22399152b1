// The host's event loop as a plugin sees it (qry/loop.h), on Asio.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <boost/asio/io_context.hpp>

#include <qry/loop.h>

// One loop for one plugin: so that the plugin can be named when it holds the thread. Made for the
// life of an io_context; a call after that context went is answered, not a crash.
struct qry_loop : std::enable_shared_from_this<qry_loop> {
public:
    qry_loop(boost::asio::io_context& context, std::string plugin)
        : plugin_(std::move(plugin)), context_(&context) {}
    // Registers with the context, to learn of its end.
    [[nodiscard]] static std::shared_ptr<qry_loop> make(
        boost::asio::io_context& context, const std::string& plugin
    );

    [[nodiscard]] bool post(qry_loop_fn fn, void* data) noexcept;
    // Calls the plugin; an exception, and holding the thread too long, are logged.
    template <class Call>
    void guarded(const char* what, Call&& call) const noexcept;
    // The context is going away.
    void end() noexcept;
    // Loop thread only.
    [[nodiscard]] boost::asio::io_context& context() const noexcept { return *context_; }
    [[nodiscard]] const std::string& plugin() const noexcept { return plugin_; }

private:
    const std::string plugin_;
    std::mutex mutex_;
    // Guarded by mutex_; NULL once the loop has ended
    boost::asio::io_context* context_;
};

namespace qry::abi {

[[nodiscard]] const qry_loop_services& loop_services() noexcept;

}  // namespace qry::abi
