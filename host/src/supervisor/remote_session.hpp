// A session that lives in a worker.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "backend/backend.hpp"
#include "supervisor/remote_lane.hpp"
#include "supervisor/result_stream.hpp"

namespace qry::supervisor {

// The worker's end of it, on the lane's loop; the handle that the pool holds forwards to it.
class session_channel final : public channel, public std::enable_shared_from_this<session_channel> {
public:
    session_channel(std::shared_ptr<remote_lane> lane, std::uint32_t id, std::uint32_t last_verb)
        : lane_(std::move(lane)), id_(id), number_(last_verb) {}

    void execute(
        const backend::verb_context& context,
        backend::execute_arguments what,
        completion<backend::head> done
    );
    void introspect(
        const backend::verb_context& context,
        std::int32_t part,
        bool first,
        bool last,
        completion<backend::head> done
    );
    void next(const backend::verb_context& context, completion<backend::batch> done);
    void cancel() noexcept;
    void reset(const backend::verb_context& context, completion<void> done);
    // False as well when the worker is to be replaced: the next one is to live on the new one.
    [[nodiscard]] bool alive() const noexcept;
    void close(const backend::verb_context& context, completion<void> done);
    void set_reports(backend::reports sink) { reports_ = std::move(sink); }
    [[nodiscard]] remote_lane& lane() noexcept { return *lane_; }

    // channel
    [[nodiscard]] result<void> on_frame(wire::incoming& frame) override;
    void settled() override;
    void lost(const death& why) override;
    void retire() override;
    [[nodiscard]] std::string_view statement() const noexcept override {
        return busy() ? std::string_view(sql_) : std::string_view();
    }
    [[nodiscard]] std::string doing() const override;

private:
    enum class verb { none, head, next, reset };

    [[nodiscard]] std::optional<error> refuse() const;
    // From now on, answers are to this verb.
    void begin(verb which, const backend::verb_context& context);
    void send_reset();
    void answer_reset(result<void> outcome);
    [[nodiscard]] result<void> on_late_frame(wire::incoming& frame);
    void rest();
    void leave(std::int64_t deadline_ns, completion<void> done);

    const std::shared_ptr<remote_lane> lane_;
    const std::uint32_t id_;
    std::uint32_t number_;
    // The number of the verb that the stream belongs to.
    std::uint32_t stream_number_ = 0;
    verb verb_ = verb::none;
    bool gone_ = false;
    // The worker says that its connection is lost.
    bool dead_ = false;
    bool cancel_sent_ = false;
    // The reset waits for the end of a result that has no rows: it brings one.
    bool end_expected_ = false;
    // Nothing was run on it since it was last reset.
    bool clean_ = true;
    bool introspecting_ = false;
    std::string lost_why_;
    std::string sql_;
    std::string query_id_;
    result_stream stream_;
    std::optional<result<void>> reset_outcome_;
    backend::reports reports_;
    completion<backend::head> on_head_;
    completion<backend::batch> on_batch_;
    completion<void> on_reset_;
};

// The handle. Closes the session when it goes without having been closed.
[[nodiscard]] std::unique_ptr<backend::session> make_session(
    std::shared_ptr<session_channel> channel
);

}  // namespace qry::supervisor
