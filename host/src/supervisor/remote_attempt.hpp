// A connect or a test that a worker makes. It ends at its deadline, whatever the worker does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "backend/backend.hpp"
#include "base/timers.hpp"
#include "supervisor/remote_lane.hpp"

namespace qry::supervisor {

class worker;

// Where attempts get their worker from. Thread-safe.
class worker_source {
public:
    // On the attempt's loop, at some time: the worker, or why there is none.
    using answer = callback<void(result<std::shared_ptr<remote_lane>>)>;
    virtual ~worker_source() = default;
    // The lane of the worker that serves, if there is one and nothing has to be looked into.
    [[nodiscard]] virtual std::shared_ptr<remote_lane> serving(std::size_t loop) = 0;
    virtual void want(std::size_t loop, answer then) = 0;
};

// Everything on the loop, but for cancel().
class remote_attempt final : public channel,
                             public operation,
                             public base::timer_entry,
                             public std::enable_shared_from_this<remote_attempt> {
public:
    remote_attempt(
        std::shared_ptr<worker_source> from,
        boost::asio::io_context& context,
        std::size_t loop,
        backend::verb_context limits,
        backend::connect_arguments what
    );
    ~remote_attempt() override;

    // One of them, once; on any thread.
    void connect(completion<std::unique_ptr<backend::session>> done);
    void test(backend::reports sink, completion<void> done);
    void cancel() noexcept override;

    // channel
    [[nodiscard]] result<void> on_frame(wire::incoming& frame) override;
    void settled() override;
    void lost(const death& why) override;
    [[nodiscard]] std::string doing() const override;

private:
    enum class stop { none, deadline, cancelled };

    void expired() noexcept override;
    void begin();
    void find_worker();
    void go(std::shared_ptr<remote_lane> lane);
    void send_connect();
    void press(stop why) noexcept;
    void give_up();
    [[nodiscard]] error stopped_error(std::string detail) const;
    void answer(std::optional<error> failure);

    // Thread-safe
    const std::shared_ptr<worker_source> from_;
    boost::asio::io_context& context_;
    const std::size_t loop_;
    const backend::verb_context limits_;
    backend::connect_arguments what_;
    // Not thread-safe: the loop's thread only
    bool testing_ = false;
    bool asked_ = false;
    int tries_ = 0;
    bool over_ = false;
    stop stop_ = stop::none;
    std::shared_ptr<remote_lane> lane_;
    std::uint32_t id_ = 0;
    // What the worker said, told once its frames are through.
    std::optional<result<void>> outcome_;
    // The session is made, and has lost its connection already.
    bool died_ = false;
    completion<std::unique_ptr<backend::session>> on_session_;
    completion<void> on_tested_;
    backend::reports reports_;
};

}  // namespace qry::supervisor
