// Frames between host and worker, as either side reads them. Input: where the bytes are cut, and
// the bytes as they come through the socket.
#include <array>
#include <string>
#include <utility>

#include <sys/socket.h>

#include "fuzz.hpp"
#include "wire/inbox.hpp"
#include "wire/lane.hpp"
#include "wire/message.hpp"

namespace {

using namespace qry;

template <class Message>
void decode(std::span<const std::byte> payload) {
    const auto read = wire::decode<Message>(payload);
    if (!read) {
        fuzz::require(read.error().message.starts_with("frame "), "the error names the frame");
        return;
    }
    std::vector<std::byte> again;
    wire::writer to(again);
    wire::encode(to, *read);
    // Maps may have come in another order.
    fuzz::require(again.size() == payload.size(), "what is understood is written the same");
}

void decode(wire::frame_type type, std::span<const std::byte> payload) {
    using enum wire::frame_type;
    switch (type) {
        case hello:
            return decode<wire::hello>(payload);
        case connect:
            return decode<wire::connect>(payload);
        case execute:
            return decode<wire::execute>(payload);
        case introspect:
            return decode<wire::introspect>(payload);
        case credit:
            return decode<wire::credit>(payload);
        case reset:
        case close:
            return decode<wire::timed>(payload);
        case give_back:
            return decode<wire::give_back>(payload);
        case ping:
        case pong:
            return decode<wire::ping>(payload);
        case ready:
            return decode<wire::ready>(payload);
        case head:
            return decode<wire::head>(payload);
        case ended:
            return decode<wire::ended>(payload);
        case failed:
        case died:
            return decode<wire::failed>(payload);
        case step:
            return decode<test_step_report>(payload);
        case info:
            return decode<wire::info>(payload);
        case notice:
            return decode<query_notice>(payload);
        case segment:
            return decode<wire::segment>(payload);
        case log_line:
            return decode<wire::log_line>(payload);
        // No payload, or one of batch.hpp.
        case cancel:
        case drain:
        case connected:
        case batch:
        case done:
        case drained:
            return;
    }
}

// What came, as text: types, lengths, and how it ended.
std::string read_all(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second) {
    static const std::array<int, 2> ends = [] {
        std::array<int, 2> made{};
        fuzz::require(
            ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made.data()) == 0, "a socket pair"
        );
        return made;
    }();
    wire::inbox in(wire::worker_words);
    std::string seen;
    for (const auto bytes : {first, second}) {
        if (bytes.empty()) continue;
        fuzz::require(
            ::send(ends[0], bytes.data(), bytes.size(), 0) == std::ssize(bytes), "bytes are sent"
        );
        wire::inbox::got got;
        do {
            got = in.read(ends[1]);
        } while (got == wire::inbox::got::more);
        wire::incoming frame;
        for (;;) {
            const auto next = in.next(frame);
            if (!next) {
                // Nothing is left in the socket for the next input: all was read above.
                return seen + next.error().message;
            }
            if (!*next) break;
            seen += std::to_string(frame.header.type) + ":" + std::to_string(frame.payload.size()) +
                    " ";
            decode(frame.type(), frame.payload);
        }
    }
    return seen + in.unfinished();
}

}  // namespace

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    pieces in(input);
    const std::size_t at = in.number();
    const auto bytes = in.rest();
    // What a socket holds.
    if (bytes.size() > 64 * 1024) return;
    const std::size_t cut = at % (bytes.size() + 1);
    require(
        read_all(bytes, {}) == read_all(bytes.first(cut), bytes.subspan(cut)),
        "frames do not depend on how the bytes are cut"
    );
}
