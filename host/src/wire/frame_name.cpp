#include "wire/message.hpp"

namespace qry::wire {

std::string_view frame_name(frame_type type) noexcept {
    switch (type) {
        case frame_type::hello:
            return "hello";
        case frame_type::connect:
            return "connect";
        case frame_type::execute:
            return "execute";
        case frame_type::introspect:
            return "introspect";
        case frame_type::credit:
            return "credit";
        case frame_type::cancel:
            return "cancel";
        case frame_type::reset:
            return "reset";
        case frame_type::close:
            return "close";
        case frame_type::give_back:
            return "give_back";
        case frame_type::ping:
            return "ping";
        case frame_type::drain:
            return "drain";
        case frame_type::ready:
            return "ready";
        case frame_type::connected:
            return "connected";
        case frame_type::head:
            return "head";
        case frame_type::batch:
            return "batch";
        case frame_type::ended:
            return "ended";
        case frame_type::done:
            return "done";
        case frame_type::failed:
            return "failed";
        case frame_type::step:
            return "step";
        case frame_type::info:
            return "info";
        case frame_type::notice:
            return "notice";
        case frame_type::segment:
            return "segment";
        case frame_type::log_line:
            return "log_line";
        case frame_type::died:
            return "died";
        case frame_type::pong:
            return "pong";
        case frame_type::drained:
            return "drained";
    }
    return {};
}

const vocabulary worker_words = {
    .name = [](std::uint16_t type) noexcept { return frame_name(static_cast<frame_type>(type)); },
    .secret = [](std::uint16_t type
              ) noexcept { return type == static_cast<std::uint16_t>(frame_type::connect); }};

}  // namespace qry::wire
