// What has arrived, through the conversation and into rows: the hot path, no coroutine.
#include <qry/clock.hpp>

#include "error.hpp"
#include "session.hpp"

namespace qry::postgresql {

namespace {

// A message may be a gigabyte: others on the loop get their turn before it is whole.
constexpr std::uint64_t turn_bytes = 4U << 20;
// Comes back in the server's error, in whatever language the rest of it is.
constexpr std::string_view copy_refusal = "COPY is not supported by this driver";

}  // namespace

// True when more bytes are there.
bool session::receive() {
    const io_result got = transport_.read(in_.space());
    switch (got.state) {
        case io_state::done:
            in_.received(got.bytes);
            received_ += got.bytes;
            heard_ns_ = now_ns();
            return true;
        case io_state::wants_read:
            wait_events_ = QRY_READABLE;
            return false;
        case io_state::wants_write:
            wait_events_ = QRY_WRITABLE;
            return false;
        case io_state::closed:
            lose("the server closed it");
            return false;
        case io_state::failed:
            lose(transport_.failure());
            return false;
    }
    return false;
}

// False when the session is lost.
bool session::pump_event(const frame& f) {
    switch (conversation_.take(f)) {
        case conversation::event::nothing:
            return true;
        case conversation::event::notice: {
            const server_message& m = conversation_.notice();
            if (call_) call_->report(notice{m.severity, m.sqlstate, m.message});
            return true;
        }
        case conversation::event::copy_in:
        case conversation::event::copy_out:
            own_failure_ = error{
                .kind = status::unsupported,
                .message = "COPY to or from the client is not supported",
                .hint =
                    "Use SELECT to read and INSERT to write; results arrive as columns "
                    "anyway."};
            if (f.type == 'G') {
                // The Sync that followed Execute was swallowed as part of the copy.
                out_.copy_fail(copy_refusal);
                out_.sync();
                copying_in_ = true;
            } else if (canceller_) {
                canceller_->begin();
            }
            discarding_ = true;
            return true;
        case conversation::event::ready:
            // Ended by something other than our refusal, a cancel for example: whether the first
            // Sync was swallowed cannot be told, so neither can how many answers are to come.
            if (copying_in_ &&
                !(conversation_.failure() &&
                  conversation_.failure()->message.find(copy_refusal) != std::string::npos)) {
                unfit_ = true;
            }
            copying_in_ = false;
            if (conversation_.quiet_failure() && !unfit_) {
                // A cancel that was meant for the statement met the reset in front of it: the
                // reset is made up for before the next use.
                if ((cancel_requested_ || discarding_) &&
                    conversation_.quiet_failure()->sqlstate == "57014") {
                    dirty_ = true;
                    conversation_.forgive();
                } else {
                    unfit_ = true;
                }
            }
            return true;
        case conversation::event::broken:
            lose(protocol_broken(conversation_.breach()).message);
            return false;
    }
    return true;
}

// True when the batch is full, or reading must stop.
bool session::pump_row(const frame& f) {
    if (discarding_ || sink_ == nullptr) {
        rows_discarded_ = true;
        return false;
    }
    row_sink::outcome got;
    try {
        got = sink_->take(f.body);
        if (got == row_sink::outcome::failed) own_failure_ = sink_->failure();
    } catch (const std::exception&) {
        got = row_sink::outcome::failed;
        own_failure_ = current_exception_as_error("reading rows");
    }
    if (got == row_sink::outcome::failed) give_up_rows();
    return got == row_sink::outcome::full;
}

// All rows of a batch that are there: as pump_row for each, for a fraction of the instructions.
void session::pump_rows() {
    row_sink::outcome got;
    try {
        got = reader_->take_all(in_);
        if (got == row_sink::outcome::failed) own_failure_ = reader_->failure();
    } catch (const std::exception&) {
        got = row_sink::outcome::failed;
        own_failure_ = current_exception_as_error("reading rows");
    }
    if (got == row_sink::outcome::failed) give_up_rows();
}

void session::give_up_rows() {
    if (sink_->poisoned()) unfit_ = true;
    discarding_ = true;
}

session::reached session::pump(until goal) {
    const std::uint64_t enough = received_ + turn_bytes;
    for (;;) {
        if (lost_) return reached::lost;
        if (conversation_.idle()) return reached::yes;
        if (goal == until::batch && reader_ && !discarding_ && !cancel_requested_) {
            if (!reader_->full() && conversation_.in_rows()) pump_rows();
            if (reader_->full()) return reached::yes;
        }
        const bool asked_to_stop = discarding_ || cancel_requested_;
        frame f;
        switch (in_.next(f)) {
            case input_buffer::next_result::malformed:
                lose(protocol_broken("a message's length is out of range").message);
                return reached::lost;
            case input_buffer::next_result::incomplete:
                // The answer to what was sent a moment ago is not here yet.
                if (std::exchange(just_sent_, false)) {
                    wait_events_ = QRY_READABLE;
                    return reached::must_wait;
                }
                if (received_ >= enough && transport_.drained()) {
                    wait_events_ = QRY_READABLE;
                    return reached::must_wait;
                }
                if (receive() || lost_) continue;
                // The first rows are shown at once, whatever their number.
                return goal == until::batch && first_batch_ && !asked_to_stop && reader_ &&
                               reader_->rows() > 0
                           ? reached::yes
                           : reached::must_wait;
            case input_buffer::next_result::complete:
                break;
        }
        if (f.type == 'D' && conversation_.in_rows()) {
            if (cancel_requested_) discarding_ = true;
            const bool full = pump_row(f);
            if (!discarding_ && (full || goal == until::first_row)) return reached::yes;
            continue;
        }
        if (!pump_event(f)) return reached::lost;
    }
}

}  // namespace qry::postgresql
