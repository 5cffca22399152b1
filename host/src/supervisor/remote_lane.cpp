#include "supervisor/remote_lane.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/post.hpp"
#include "supervisor/landing.hpp"

namespace qry::supervisor {

namespace asio = boost::asio;

namespace {

error odd_frame(std::string what) {
    return {.kind = status::plugin_error, .message = std::move(what), .from = origin::plugin};
}

}  // namespace

result<void> log_line_of(plugin_share& share, std::span<const std::byte> payload) {
    auto line = wire::decode<wire::log_line>(payload);
    if (!line) return std::move(line).error();
    const std::string source = "worker " + share.name + ", " + line->source;
    const auto level = static_cast<base::log_level>(line->level);
    if (level == base::log_level::trace) {
        // Whoever asked for all of it gets all of it; unasked for, nothing is written.
        base::write_log(level, source, line->text);
        return {};
    }
    const auto verdict = share.output->ask(base::now_ns());
    if (!verdict.allowed) return {};
    if (verdict.held_back > 0) {
        base::write_log(
            base::log_level::warn,
            source,
            "(" + std::to_string(verdict.held_back) + " lines were held back)"
        );
    }
    base::write_log(level, source, line->text);
    return {};
}

remote_lane::remote_lane(
    asio::io_context& loop, registry::unique_fd socket, std::shared_ptr<worker_link> worker
)
    : loop_(loop),
      timers_(base::timers::of(loop.get_executor())),
      worker_(std::move(worker)),
      lane_(wire::lane::make(loop, std::move(socket))),
      segments_(worker_->share->arena_bytes) {}

remote_lane::~remote_lane() {
    timers_.take_back(*this);
}

void remote_lane::start() {
    landing_ = make_landing(shared_from_this());
    // Weak: the lane keeps these, and this keeps the lane.
    lane_->start(
        {.on_frame = [weak = weak_from_this()](wire::incoming& frame) -> result<void> {
             const auto self = weak.lock();
             return self ? self->on_frame(frame) : result<void>();
         },
         .on_broken =
             [weak = weak_from_this()](error why) {
                 if (const auto self = weak.lock()) self->broken(why);
             }}
    );
}

std::uint32_t remote_lane::open(std::shared_ptr<channel> who) {
    channels_.emplace(++last_id_, std::move(who));
    ++worker_->channels;
    return last_id_;
}

void remote_lane::replace(std::uint32_t id, std::shared_ptr<channel> who) {
    const auto at = channels_.find(id);
    if (at == channels_.end()) return;
    const auto before = std::exchange(at->second, std::move(who));
    if (before->busy()) set_busy(*before, false);
}

void remote_lane::forget(std::uint32_t id) {
    const auto gone = channels_.extract(id);
    if (gone.empty()) return;
    if (gone.mapped()->busy()) set_busy(*gone.mapped(), false);
    --worker_->channels;
    worker_->relieved();
}

void remote_lane::give_up(channel& who) {
    if (who.busy()) set_busy(who, false);
    worker_->has_stuck();
}

void remote_lane::set_busy(channel& who, bool busy) {
    if (who.busy_ == busy) return;
    who.busy_ = busy;
    busy_ += busy ? 1 : -1;
    worker_->busy += busy ? 1 : -1;
    if (busy) return watch();
    // Whoever drains waits for this.
    if (!worker_->taking) worker_->relieved();
}

void remote_lane::touch(const std::shared_ptr<channel>& who) {
    if (!who->touched_) {
        who->touched_ = true;
        touched_.push_back(who);
    }
    if (settling_) return;
    settling_ = true;
    // Behind the frames that came in the same read: an answer and its end are seen together.
    base::post(loop_, [self = shared_from_this()] { self->settle(); });
}

void remote_lane::settle() {
    settling_ = false;
    auto now = std::exchange(touched_, {});
    for (const auto& one : now) {
        one->touched_ = false;
        one->settled();
    }
}

result<void> remote_lane::on_frame(wire::incoming& frame) {
    share().count.bytes_received += frame.payload.size();
    if (frame.header.channel == 0) return on_own_frame(frame);
    const auto at = channels_.find(frame.header.channel);
    if (at == channels_.end()) {
        return odd_frame(
            "a frame of type " + std::to_string(frame.header.type) + " for channel " +
            std::to_string(frame.header.channel) + ", which is not open"
        );
    }
    const auto who = at->second;
    auto taken = who->on_frame(frame);
    if (taken) touch(who);
    return taken;
}

result<void> remote_lane::on_own_frame(wire::incoming& frame) {
    switch (frame.type()) {
        case wire::frame_type::segment: {
            auto m = wire::decode<wire::segment>(frame.payload);
            if (!m) return std::move(m).error();
            return segments_.add(m->number, m->bytes, std::move(frame.descriptor));
        }
        case wire::frame_type::pong:
            return on_pong(frame.payload);
        case wire::frame_type::log_line:
            return log_line_of(share(), frame.payload);
        default:
            return odd_frame(
                "a frame of type " + std::to_string(frame.header.type) + " for the lane itself"
            );
    }
}

result<void> remote_lane::on_pong(std::span<const std::byte> payload) {
    auto m = wire::decode<wire::ping>(payload);
    if (!m) return std::move(m).error();
    if (m->cookie != ping_cookie_ || silence_.broken()) return odd_frame("a pong without a ping");
    silence_.answer();
    waits_.clear();
    said_stalled_ = false;
    return {};
}

result<unique_array> remote_lane::take(
    std::span<const std::byte> payload, const arrow::field& type
) {
    auto taken = wire::get_batch(payload, type, segments_, share().how, landing_);
    if (!taken) return std::move(taken).error();
    if (taken->give_back != 0) {
        lane_->send(wire::frame_type::give_back, 0, 0, wire::give_back{taken->give_back});
    }
    if (taken->rows) {
        ++share().count.batches;
        share().count.rows += static_cast<std::uint64_t>(taken->rows->length);
    }
    return std::move(taken->rows);
}

// One timer while something is in flight, and a last turn of it after that.
void remote_lane::watch() {
    if (look_due_ns_ != 0 || over_) return;
    look_due_ns_ = base::now_ns() + ping_every_ns;
    timers_.set(*this, look_due_ns_);
}

bool remote_lane::all_late(std::int64_t now) const {
    return std::all_of(channels_.begin(), channels_.end(), [now](const auto& one) {
        return !one.second->busy() || one.second->deadline_ns() <= now;
    });
}

void remote_lane::expired() noexcept {
    const std::int64_t due = std::exchange(look_due_ns_, 0);
    if (over_ || (busy_ == 0 && silence_.broken())) return;
    const std::int64_t now = base::now_ns();
    if (silence_.broken()) {
        silence_.ask(now);
        lane_->send(wire::frame_type::ping, 0, 0, wire::ping{++ping_cookie_});
    } else {
        const std::int64_t silent = look_for_answer(now, due);
        if (silent >= hopeless_ns || (silent >= stalled_ns && busy_ > 0 && all_late(now))) {
            return worker_->has_stalled(
                "no answer for " + base::format_duration(std::chrono::nanoseconds(silent))
            );
        }
        if (silent >= stalled_ns) say_stalled(silent);
    }
    watch();
}

std::int64_t remote_lane::look_for_answer(std::int64_t now, std::int64_t due) noexcept {
    silence_.look(now, due);
    try {
        cpu_waits waits = read_cpu_waits(worker_->process_id);
        if (waits_.empty()) {
            waits_ = std::move(waits);
        } else {
            silence_.waited_for_cpu(longest_wait(waits_, waits));
        }
    } catch (const std::bad_alloc&) {
        // Then what was known before holds.
    }
    return silence_.so_far_ns();
}

void remote_lane::say_stalled(std::int64_t for_ns) {
    if (std::exchange(said_stalled_, true)) return;
    ++share().count.stalls;
    std::string text = "plugin '" + share().plugin + "' has held up its loop for " +
                       base::format_duration(std::chrono::nanoseconds(for_ns));
    int named = 0;
    for (const auto& [id, one] : channels_) {
        if (!one->busy() || named++ >= 5) continue;
        text += (named == 1 ? "; in flight there: " : ", ") + one->doing();
    }
    base::write_log(base::log_level::warn, "host", text);
}

void remote_lane::broken(const error& why) {
    if (over_) return;
    over_ = true;
    // At once: whoever connects now is to wait for the next worker, not to try this one again.
    worker_->taking = false;
    timers_.take_back(*this);
    if (why.kind == status::plugin_error) {
        worker_->broke_protocol(why.message);
    } else {
        worker_->hung_up();
    }
}

void remote_lane::retire() {
    const auto all = channels_;
    for (const auto& [id, one] : all)
        one->retire();
}

void remote_lane::close() {
    over_ = true;
    timers_.take_back(*this);
    lane_->close();
}

void remote_lane::end(const death& why, std::span<const std::uint32_t> suspects) {
    close();
    const std::int64_t now = base::now_ns();
    for (const std::uint32_t id : suspects) {
        const auto at = channels_.find(id);
        if (at == channels_.end() || at->second->statement().empty()) continue;
        share().poison.strike(at->second->statement(), now);
        base::write_log(
            base::log_level::warn,
            "host",
            "statement " + statement_name(at->second->statement()) + " was inside plugin '" +
                share().plugin + "' when it " + describe(why)
        );
    }
    auto all = std::exchange(channels_, {});
    for (const auto& [id, one] : all) {
        if (one->busy()) set_busy(*one, false);
        --worker_->channels;
        one->lost(why);
    }
}

}  // namespace qry::supervisor
