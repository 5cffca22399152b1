// What a channel tells the host.
#include <utility>

#include "base/errors.hpp"
#include "worker/channel.hpp"

namespace qry::worker {

using wire::frame_type;

bool channel::say(const channel_step& step) {
    switch (step.say) {
        case say_kind::none:
            break;
        case say_kind::connected:
            lane_->lane->send(frame_type::connected, number_, step.verb);
            break;
        case say_kind::head:
            send_head(step.verb);
            break;
        case say_kind::batch:
            if (!send_batch(step.verb)) return false;
            break;
        case say_kind::ended:
            trace("the end sent, its session is clean");
            send(frame_type::ended, step.verb, wire::ended{rows_affected_, true});
            // With head and batch before it, at once.
            lane_->lane->flush();
            break;
        case say_kind::ended_dirty:
            trace("the end sent");
            send(frame_type::ended, step.verb, wire::ended{rows_affected_, false});
            break;
        case say_kind::done:
            lane_->lane->send(frame_type::done, number_, step.verb);
            break;
        case say_kind::failed:
            say_failed(step.verb, failure_ ? *std::exchange(failure_, std::nullopt) : error{});
            break;
    }
    if (step.say_cancelled) say_failed(step.verb, base::cancelled_error());
    return true;
}

void channel::say_failed(std::uint32_t verb, error why) {
    trace("failure sent");
    send(frame_type::failed, verb, wire::failed{std::move(why)});
}

void channel::send_head(std::uint32_t verb) {
    wire::head what{.rows_affected = rows_affected_};
    what.digest = head_.digest;
    if (head_.schema) {
        wire::writer to(what.schema);
        wire::put_schema(to, *head_.schema);
    }
    trace("head sent");
    send(frame_type::head, verb, what);
}

bool channel::send_batch(std::uint32_t verb) {
    auto sent = lane_->post.send(number_, verb, *type_, std::move(rows_));
    if (!sent) {
        failure_ = std::move(sent).error();
    } else {
        trace("batch sent");
    }
    return sent.has_value();
}

backend::reports channel::reports() {
    const auto weak = weak_from_this();
    const auto hand_on = [weak](frame_type type, const auto& what) {
        if (const auto self = weak.lock()) self->send(type, self->verb_, what);
    };
    return {
        .on_notice = [hand_on](query_notice n) { hand_on(frame_type::notice, n); },
        .on_step = [hand_on](test_step_report s) { hand_on(frame_type::step, s); },
        .on_info =
            [hand_on](std::string key, std::string value) {
                hand_on(frame_type::info, wire::info{std::move(key), std::move(value)});
            }};
}

}  // namespace qry::worker
