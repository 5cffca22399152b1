#include "conversation.hpp"

namespace qry::postgresql {

using event = conversation::event;

event conversation::broken(const frame& f) {
    const auto code = static_cast<unsigned char>(f.type);
    breach_ = "message '";
    breach_ += code >= 0x20 && code < 0x7f ? f.type : '?';
    breach_ += "' of " + std::to_string(f.body.size()) + " bytes was not expected here";
    return event::broken;
}

void conversation::forget() noexcept {
    failure_.reset();
    columns.reset();
    parameters.clear();
    tag.reset();
}

bool conversation::running() const noexcept {
    for (const part& p : expected_) {
        if (p.kind == segment::run || p.kind == segment::prepare) return true;
    }
    return false;
}

event conversation::take(const frame& f) {
    switch (f.type) {
        // May come at any time.
        case 'N': {
            auto m = read_server_message(f.body);
            if (!m) return broken(f);
            if (expected_.empty() || (expected_.front().kind != segment::run &&
                                      expected_.front().kind != segment::prepare)) {
                return event::nothing;
            }
            notice_ = std::move(*m);
            return event::notice;
        }
        case 'S':
            return read_parameter_status(f.body) ? event::nothing : broken(f);
        case 'A':
            return event::nothing;
        case 'E':
            return take_error(f);
        case 'Z':
            return take_ready(f);
        default:
            break;
    }
    if (expected_.empty()) return broken(f);
    switch (expected_.front().kind) {
        case segment::quiet:
        case segment::optional:
            return take_housekeeping(f);
        case segment::prepare:
            return take_prepare(f);
        case segment::run:
            return take_run(f);
    }
    return broken(f);
}

event conversation::take_error(const frame& f) {
    auto m = read_server_message(f.body);
    if (!m) return broken(f);
    if (m->fatal()) fatal_ = *m;
    if (expected_.empty()) return m->fatal() ? event::nothing : broken(f);
    part& front = expected_.front();
    front.stage = stage::failed;
    switch (front.kind) {
        case segment::quiet:
            quiet_failure_ = std::move(*m);
            break;
        case segment::optional:
            break;
        case segment::prepare:
        case segment::run:
            failure_ = std::move(*m);
            break;
    }
    return event::nothing;
}

event conversation::take_ready(const frame& f) {
    if (f.body.size() != 1 || expected_.empty()) return broken(f);
    const char status = static_cast<char>(f.body[0]);
    if (status != 'I' && status != 'T' && status != 'E') return broken(f);
    const part& front = expected_.front();
    if (front.kind != segment::quiet && front.kind != segment::optional &&
        front.stage != stage::done && front.stage != stage::failed) {
        return broken(f);
    }
    transaction_ = status;
    expected_.pop_front();
    return event::ready;
}

// Simple queries and their answers, whatever they are.
event conversation::take_housekeeping(const frame& f) {
    switch (f.type) {
        case 'T':
        case 'D':
        case 'C':
        case 'I':
        case '3':
            return event::nothing;
        default:
            return broken(f);
    }
}

event conversation::take_prepare(const frame& f) {
    part& front = expected_.front();
    if (front.stage != stage::start) return broken(f);
    switch (f.type) {
        case '1':
        case '3':
            return event::nothing;
        case 't': {
            auto types = read_parameter_description(f.body);
            if (!types) return broken(f);
            parameters = std::move(*types);
            return event::nothing;
        }
        case 'T': {
            auto described = read_row_description(f.body);
            if (!described) return broken(f);
            columns = std::move(*described);
            front.stage = stage::done;
            return event::nothing;
        }
        case 'n':
            columns.reset();
            front.stage = stage::done;
            return event::nothing;
        default:
            return broken(f);
    }
}

event conversation::take_run(const frame& f) {
    part& front = expected_.front();
    switch (f.type) {
        // A statement that is parsed and closed together with its only run.
        case '1':
            if (front.stage != stage::start) return broken(f);
            return event::nothing;
        case '3':
            if (front.stage != stage::start && front.stage != stage::done) return broken(f);
            return event::nothing;
        case '2':
            if (front.stage != stage::start || !f.body.empty()) return broken(f);
            front.stage = stage::rows;
            return event::nothing;
        case 'C':
        case 'I':
            if (front.stage != stage::rows && front.stage != stage::copying) return broken(f);
            if (f.type == 'C') {
                tag = read_command_tag(f.body);
                if (!tag) return broken(f);
            }
            front.stage = stage::done;
            return event::nothing;
        case 'G':
            if (front.stage != stage::rows) return broken(f);
            front.stage = stage::copying;
            return event::copy_in;
        case 'H':
            if (front.stage != stage::rows) return broken(f);
            front.stage = stage::copying;
            return event::copy_out;
        case 'd':
        case 'c':
            if (front.stage != stage::copying) return broken(f);
            return event::nothing;
        default:
            return broken(f);
    }
}

}  // namespace qry::postgresql
