// Runs one verb after another to its end, for either driver model, and keeps their calls.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "qry/conformance/session.hpp"
#include "tracked_call.hpp"
#include "verb_thread.hpp"

namespace qry::conformance {

// Not thread-safe but for what says so.
class verb_runner : public std::enable_shared_from_this<verb_runner> {
public:
    verb_runner(const loaded_plugin& plugin, surroundings on);

    [[nodiscard]] const loaded_plugin& plugin() const noexcept { return plugin_; }
    [[nodiscard]] const surroundings& on() const noexcept { return on_; }
    // What is handed to connect: NULL for a blocking driver.
    [[nodiscard]] qry_loop* loop_handle() const noexcept;
    [[nodiscard]] std::thread::id thread() const noexcept;
    [[nodiscard]] const call_trace& last() const noexcept { return last_; }
    // A verb did not come back; nothing may be asked any more.
    [[nodiscard]] bool hung() const noexcept { return hung_; }

    // where: what secrets may be read from; NULL when the verb may read none.
    [[nodiscard]] std::shared_ptr<tracked_call> make_call(
        const char* verb,
        std::shared_ptr<const datasource> where,
        const call_options& how,
        const std::string& with = {}
    );
    // Starts the verb where it belongs and waits; cancel is called as call_options say.
    result<void> run(
        const std::shared_ptr<tracked_call>& call,
        const call_options& how,
        std::function<void(qry_call*)> start,
        const std::function<void()>& cancel
    );

private:
    bool wait_until(const tracked_call& call, std::int64_t at_ns);
    void cancel_at(
        const tracked_call& call, std::int64_t at_ns, const std::function<void()>& cancel
    );
    error give_up(const tracked_call& call, const call_options& how);
    void check_thread(const call_trace& trace);

    const loaded_plugin plugin_;
    const surroundings on_;
    std::unique_ptr<verb_thread> thread_;
    std::deque<std::shared_ptr<tracked_call>> calls_;
    call_trace last_;
    int made_ = 0;
    bool hung_ = false;
};

// Fills in what is missing.
[[nodiscard]] surroundings completed(surroundings on);

}  // namespace qry::conformance
