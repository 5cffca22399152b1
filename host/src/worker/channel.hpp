// One session of the plugin, or one attempt at it, behind a channel of a lane: channel_fsm with a
// session, a timer and the lane.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>

#include <qry/callback.hpp>
#include <qry/kit/arrow/type.hpp>

#include "backend/backend.hpp"
#include "base/clock.hpp"
#include "base/timers.hpp"
#include "wire/lane.hpp"
#include "wire/message.hpp"
#include "worker/batch_post.hpp"
#include "worker/channel_fsm.hpp"

namespace qry::worker {

// What the channels of a lane share; outlives them.
struct lane_parts {
    boost::asio::io_context& loop;
    // Of the lane, and of its loop in the driver.
    std::size_t number;
    std::shared_ptr<backend::driver> driver;
    std::shared_ptr<wire::lane> lane;
    batch_post post;
    // A channel has ended.
    callback<void(std::uint32_t number)> on_over;
};

// Not thread-safe: the lane's loop only. An error of a method: the host broke the protocol.
class channel final : public base::timer_entry, public std::enable_shared_from_this<channel> {
public:
    channel(std::shared_ptr<lane_parts> lane, std::uint32_t number, std::uint32_t verb, bool test);
    ~channel() override;

    void connect(wire::connect what);
    [[nodiscard]] result<void> execute(std::uint32_t verb, wire::execute what);
    [[nodiscard]] result<void> introspect(std::uint32_t verb, const wire::introspect& what);
    [[nodiscard]] result<void> credit(std::uint32_t verb, std::uint32_t batches);
    [[nodiscard]] result<void> cancel(std::uint32_t verb);
    [[nodiscard]] result<void> reset(std::uint32_t verb, std::int64_t remaining_ns);
    [[nodiscard]] result<void> close(std::uint32_t verb, std::int64_t remaining_ns);
    // The host is gone: ends what runs, and closes, by then.
    void leave(std::int64_t until_ns);
    // Tells the host when an idle session has died.
    void look_alive();

private:
    void expired() noexcept override;
    [[nodiscard]] result<void> obey(channel_fsm::verdict what);
    void run(channel_step step) noexcept;
    // False: it cannot be sent, and failure_ says why.
    [[nodiscard]] bool say(const channel_step& step);
    void say_failed(std::uint32_t verb, error why);
    void send_head(std::uint32_t verb);
    [[nodiscard]] bool send_batch(std::uint32_t verb);
    void call(call_kind what);
    void call_connect();
    void call_test();
    void call_execute();
    void call_introspect();
    void call_next();
    void call_reset();
    void call_close();
    // False: that call was given up before.
    [[nodiscard]] bool awaited(call_kind what) const noexcept { return fsm_.calling() == what; }
    void finish(call_kind what, outcome how);
    void fail(call_kind what, error why);
    void took_head(call_kind what, result<backend::head> answer);
    void press();
    void set_timer(std::int64_t at_ns);
    void bound_close();
    void end();
    [[nodiscard]] backend::verb_context context(std::int64_t deadline_ns) const;
    [[nodiscard]] backend::reports reports();
    void trace(std::string_view what) const noexcept;
    template <class Message>
    void send(wire::frame_type type, std::uint32_t verb, const Message& what) {
        lane_->lane->send(type, number_, verb, what);
    }

    const std::shared_ptr<lane_parts> lane_;
    const std::uint32_t number_;
    channel_fsm fsm_;
    std::uint32_t verb_;
    std::unique_ptr<backend::session> session_;
    operation_ptr attempt_;
    bool used_ = false;
    bool told_death_ = false;

    // Of the verb under way.
    backend::connect_arguments connect_;
    backend::execute_arguments execute_;
    wire::introspect introspect_;
    std::string query_id_;
    // When its caller asked; 0 = it is not traced.
    std::int64_t started_ns_ = 0;
    std::int64_t deadline_ns_ = 0;
    std::int64_t close_by_ns_ = 0;
    backend::head head_;
    std::optional<arrow::field> type_;
    unique_array rows_;
    std::int64_t rows_affected_ = -1;
    std::optional<error> failure_;

    // While the plugin is asked to end what it does.
    bool pressing_ = false;
    std::int64_t next_press_ns_ = 0;
    std::int64_t give_up_at_ns_ = base::never_ns;

    // A call that ended within the call.
    bool running_ = false;
    std::optional<channel_step> next_step_;
};

}  // namespace qry::worker
