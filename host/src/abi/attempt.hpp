// A connect or a test under way: the calls that have no session yet.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <qry/driver.h>

#include "abi/driver_state.hpp"
#include "abi/session_thread.hpp"
#include "backend/backend.hpp"
#include "base/timers.hpp"

namespace qry::abi {

using session_ptr = std::unique_ptr<backend::session>;

// Always ends: at its deadline the plugin is asked to stop, again and again, and past the grace it
// is left alone. Everything happens on the loop's thread but what the plugin says from its own.
class attempt : public operation,
                public call_owner,
                public base::timer_entry,
                public std::enable_shared_from_this<attempt> {
public:
    attempt(
        std::shared_ptr<driver_state> driver,
        backend::verb_context context,
        backend::connect_arguments what
    );
    ~attempt() override;

    // One of them, once.
    void connect(completion<session_ptr> done);
    void test(backend::reports sink, completion<void> done);
    void cancel() noexcept override;

private:
    // Why it is to end before it has.
    enum class stop { none, deadline, cancelled };

    // call_owner: on the plugin's thread.
    void completed(error* failure) noexcept override;
    void noticed(query_notice notice) override;
    void stepped(test_step_report step) override;
    void informed(std::string key, std::string value) override;
    const secret_map& secrets() const noexcept override { return *what_.secrets; }
    bool secrets_readable() const noexcept override { return true; }
    const std::string& plugin() const noexcept override { return driver_->tables.name; }
    // timer_entry
    void expired() noexcept override;

    void begin();
    void launch();
    void run();
    void settle() noexcept;
    void press(stop why) noexcept;
    void give_up();
    void free_late() noexcept;
    void answer(std::optional<error> failure) noexcept;
    [[nodiscard]] session_ptr take_session();
    // Runs `report` on the loop, in order with the end.
    template <class Report>
    void hand_on(Report report);

    // Thread-safe
    const std::shared_ptr<driver_state> driver_;
    qry_loop& loop_;
    boost::asio::io_context& context_;
    const backend::verb_context limits_;
    const backend::connect_arguments what_;
    std::mutex gate_;
    // Guarded by gate_: nobody on the loop waits for the plugin any more
    bool abandoned_ = false;

    // Not thread-safe: the loop's thread, or the plugin's during its call
    bool testing_ = false;
    std::shared_ptr<session_thread> thread_;
    std::vector<qry_param> params_;
    qry_connect_request request_{};
    qry_session* handle_ = nullptr;
    std::optional<error> failure_;

    // Not thread-safe: the loop's thread only
    call_slot* slot_;
    completion<session_ptr> on_session_;
    completion<void> on_tested_;
    backend::reports reports_;
    stop stop_ = stop::none;
    std::int64_t give_up_at_ns_ = 0;
    std::int64_t next_press_ns_ = 0;
    bool inside_ = false;
    bool ended_inside_ = false;
    bool over_ = false;
    bool given_up_ = false;
};

}  // namespace qry::abi
