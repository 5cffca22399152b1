// What a client and the daemon say to each other, in the frames of wire/frame.hpp.
//
// The client greets first and is welcomed or refused. Then each call has a number of the client's
// choice (the frame's channel) and exactly one last answer; numbers in use are not used again.
//   create, get, update            → named
//   list                           → listed
//   remove                         → done
//   check, test                    → step*, report
//   execute                        → opened, batch*, ended
//   schema                         → snapshot (with the image's descriptor, unless it is known)
//   refresh                        → progress*, changes (with one, likewise)
//   check_secrets, doctor, stats, pool → secrets, findings, figures, sessions
//   cancel, credit, release        of the call of that number; harmless after its last answer
// Any of them may end as failed instead. release lets go of a result: its last answer is ended.
// Outside of calls: ping → pong; give_back (a shared batch was let go); bye → bye, after which only
// the memory that the client still holds is kept, until its last descriptor of the socket is
// closed. Daemon to client: segment (with a descriptor).
#pragma once

#include <cstdint>
#include <string_view>

#include "wire/frame.hpp"

namespace qry::daemon {

// Both sides may come from different releases; the greeting names both when they do not fit.
inline constexpr std::uint32_t protocol_version = 1;

enum class call_type : std::uint16_t {
    // Client to daemon
    greet = 256,
    create = 257,
    get = 258,
    list = 259,
    update = 260,
    remove = 261,
    check = 262,
    test = 263,
    execute = 264,
    schema = 265,
    refresh = 266,
    pool = 267,
    check_secrets = 268,
    doctor = 269,
    stats = 270,
    cancel = 271,
    credit = 272,
    release = 273,
    give_back = 274,
    ping = 275,
    bye = 276,
    // Daemon to client
    welcome = 320,
    named = 321,
    listed = 322,
    done = 323,
    step = 324,
    report = 325,
    opened = 326,
    batch = 327,
    ended = 328,
    snapshot = 329,
    progress = 330,
    changes = 331,
    sessions = 332,
    secrets = 333,
    findings = 334,
    figures = 335,
    failed = 336,
    segment = 337,
    pong = 338,
};

// "execute"; empty for a number that is no type.
[[nodiscard]] std::string_view call_name(call_type type) noexcept;
// create, update and check carry secrets.
extern const wire::vocabulary words;

}  // namespace qry::daemon
