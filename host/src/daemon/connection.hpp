// One client of the daemon: its calls, the results it reads, and the memory it was lent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <qry/kit/arrow/type.hpp>

#include "base/post.hpp"
#include "daemon/hub.hpp"
#include "daemon/message.hpp"
#include "daemon/protocol.hpp"
#include "wire/lane.hpp"

namespace qry::daemon {

// A call that has had no last answer yet.
struct call {
    std::uint32_t number = 0;
    // The last answer went out, or nobody waits for one any more.
    bool over = false;
    bool cancelled = false;
    operation_ptr work;

    // An open result
    result_ptr rows;
    arrow::field type;
    std::uint32_t credit = 0;
    bool reading = false;
    bool pumping = false;
    std::size_t notices_sent = 0;
};
using call_ptr = std::shared_ptr<call>;

// Not thread-safe: on the hub's loop.
class connection : public std::enable_shared_from_this<connection> {
public:
    // Bytes that wait for a client which does not read; beyond, it is disconnected.
    static constexpr std::size_t most_queued = 64U << 20;
    // Batches are held back from here on, until the client has read some.
    static constexpr std::size_t enough_queued = 4U << 20;
    // Calls without a last answer at one time.
    static constexpr std::size_t most_calls = 65536;
    // Shared memory that one client may hold; what is beyond comes in frames, as copies.
    static constexpr std::uint64_t most_lent = 256U << 20;

    connection(hub_ptr of, registry::unique_fd socket, int pid);
    ~connection();

    // Called once, when nothing of the client is left.
    void on_gone(std::function<void()> then) { on_gone_ = std::move(then); }
    void start();
    [[nodiscard]] std::size_t calls() const noexcept { return calls_.size(); }
    // Answers everything that is under way with `why`, and cancels it.
    void abandon(const error& why);
    // Nothing goes out any more. The memory that the client holds stays as it is until the client
    // has closed its last descriptor of the socket.
    void retire();

private:
    using frame = wire::incoming;

    // What came.
    [[nodiscard]] result<void> take(frame& in);
    [[nodiscard]] result<void> take_greeting(frame& in);
    [[nodiscard]] result<void> take_call(frame& in);
    [[nodiscard]] result<void> about_call(frame& in);
    [[nodiscard]] result<void> take_back(frame& in);
    // Opens a call with what decode() found; `begin` is not called when the daemon is stopping.
    template <class T>
    [[nodiscard]] result<void> open_call(frame& in, void (connection::*begin)(const call_ptr&, T));

    // Each begins one kind of call (connection_calls.cpp).
    void create(const call_ptr& c, datasource_spec what);
    void get(const call_ptr& c, by_name what);
    void list(const call_ptr& c, nothing what);
    void update(const call_ptr& c, daemon::update what);
    void remove(const call_ptr& c, by_name what);
    void check(const call_ptr& c, datasource_spec what);
    void test(const call_ptr& c, by_id what);
    void schema(const call_ptr& c, schema_call what);
    void refresh(const call_ptr& c, schema_call what);
    void pool(const call_ptr& c, by_id what);
    void check_secrets(const call_ptr& c, daemon::check_secrets what);
    void doctor(const call_ptr& c, nothing what);
    void stats(const call_ptr& c, nothing what);

    // Results (connection_results.cpp).
    void execute(const call_ptr& c, daemon::execute what);
    void opened(const call_ptr& c, result_ptr rows);
    void pump(const call_ptr& c);
    void pump_all();
    void on_batch(const call_ptr& c, result<unique_array> rows);
    void end_result(const call_ptr& c);
    [[nodiscard]] result<void> send_batch(const call_ptr& c, unique_array rows);
    void send_new_segments();
    [[nodiscard]] std::vector<query_notice> new_notices(call& c) const;

    // Goes on with the datasource of that id, or fails the call.
    void with_datasource(
        const call_ptr& c, std::string id, std::function<void(const datasource_ptr&)> go_on
    );
    // For work that hands out an operation: it may be cancelled from now on.
    void under_way(const call_ptr& c, operation_ptr work);
    // A completion that ends the call: with send(connection, call, value), or as failed.
    template <class T, class Send>
    [[nodiscard]] completion<T> answering(const call_ptr& c, Send send);
    [[nodiscard]] callback<void(const test_step_report&)> steps_of(const call_ptr& c);
    void send_named(const call_ptr& c, const datasource_ptr& which);
    [[nodiscard]] result<image> image_of(
        const datasource_ptr& which, std::uint64_t known, registry::unique_fd& memory
    );

    template <class T>
    void send(call_type type, std::uint32_t number, const T& m, registry::unique_fd with);
    template <class T>
    void send(call_type type, std::uint32_t number, const T& m) {
        send(type, number, m, registry::unique_fd());
    }
    void fail(const call_ptr& c, error why);
    // The last answer is on its way.
    void over(const call_ptr& c);
    // Ends what runs for this client; nobody is answered.
    void drop_calls();
    void broken(const error& why);
    void gone();
    void watch_process();
    void wait_for_end();
    void wait_to_pump();
    [[nodiscard]] std::string name() const;

    const hub_ptr hub_;
    // Before the lane, which takes it over.
    const int socket_;
    const std::shared_ptr<wire::lane> lane_;
    const int pid_;
    std::function<void()> on_gone_;
    bool greeted_ = false;
    bool retired_ = false;
    bool too_slow_ = false;
    std::map<std::uint32_t, call_ptr> calls_;

    // Batches that the client reads in shared memory.
    struct loan {
        unique_array rows;
        std::vector<std::pair<void*, std::size_t>> copies;
        std::uint64_t bytes = 0;
    };
    void give_back(std::uint64_t batch);
    void free_loan(loan& what) noexcept;
    std::map<std::uint64_t, loan> lent_;
    std::uint64_t lent_bytes_ = 0;
    std::uint64_t next_batch_ = 1;
    std::uint32_t segments_told_ = 0;
    std::vector<std::byte> scratch_;

    boost::asio::steady_timer greeting_limit_;
    boost::asio::steady_timer pump_again_;
    bool pump_waits_ = false;
    boost::asio::posix::stream_descriptor process_;
    // A descriptor of the socket that outlives the lane, to see the client's end by.
    boost::asio::posix::stream_descriptor end_;
};

template <class T>
void connection::send(call_type type, std::uint32_t number, const T& m, registry::unique_fd with) {
    if (retired_) return;
    if (lane_->queued() > most_queued) {
        too_slow_ = true;
        return base::post(hub_->loop(), [self = shared_from_this()] { self->retire(); });
    }
    const std::size_t mark = lane_->begin();
    wire::writer to(lane_->buffer());
    static_cast<void>(encode(to, m));
    const wire::frame_header header{.type = static_cast<std::uint16_t>(type), .channel = number};
    if (with.get() >= 0) {
        lane_->end(mark, header, std::move(with));
    } else {
        lane_->end(mark, header);
    }
}

template <class T, class Send>
completion<T> connection::answering(const call_ptr& c, Send send) {
    return [weak = weak_from_this(), hub = hub_, c, then = std::move(send)](result<T> r) mutable {
        hub->on_loop([weak, c, then = std::move(then), r = std::move(r)]() mutable {
            const auto self = weak.lock();
            if (!self || c->over) return;
            if (!r) return self->fail(c, std::move(r).error());
            then(*self, r);
            self->over(c);
        });
    };
}

}  // namespace qry::daemon
