#include "daemon/protocol.hpp"

#include <array>
#include <cstddef>

namespace qry::daemon {

namespace {

constexpr std::uint16_t first_call = 256;
constexpr std::uint16_t first_answer = 320;

constexpr std::array<std::string_view, 21> calls = {
    "greet", "create",  "get",    "list",    "update",    "remove",        "check",
    "test",  "execute", "schema", "refresh", "pool",      "check_secrets", "doctor",
    "stats", "cancel",  "credit", "release", "give_back", "ping",          "bye"};
constexpr std::array<std::string_view, 19> answers = {
    "welcome",
    "named",
    "listed",
    "done",
    "step",
    "report",
    "opened",
    "batch",
    "ended",
    "snapshot",
    "progress",
    "changes",
    "sessions",
    "secrets",
    "findings",
    "figures",
    "failed",
    "segment",
    "pong"};

static_assert(first_call + calls.size() - 1 == static_cast<std::size_t>(call_type::bye));
static_assert(first_answer + answers.size() - 1 == static_cast<std::size_t>(call_type::pong));

}  // namespace

std::string_view call_name(call_type type) noexcept {
    const auto number = static_cast<std::uint16_t>(type);
    if (number >= first_answer) {
        const std::size_t i = number - first_answer;
        return i < answers.size() ? answers[i] : std::string_view();
    }
    if (number < first_call) return {};
    const std::size_t i = number - first_call;
    return i < calls.size() ? calls[i] : std::string_view();
}

const wire::vocabulary words = {
    .name = [](std::uint16_t type) noexcept { return call_name(static_cast<call_type>(type)); },
    .secret =
        [](std::uint16_t type) noexcept {
            const auto call = static_cast<call_type>(type);
            return call == call_type::create || call == call_type::update ||
                   call == call_type::check;
        }};

}  // namespace qry::daemon
