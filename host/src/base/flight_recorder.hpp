// Who a worker served at the moment it died: a shared page that the process leaves behind.
//
// A session has a tag (verb_context): lane number in the upper half, channel in the lower. Before
// the plugin is called for a session its tag stands in the slot of the calling thread, and what the
// plugin waits for (a watch, a timer, a posted function) is called with the tag of the session that
// asked for it.
//
// Layout, for the reader: `slot_count` slots of 64 bytes. Slot 0 tells of the fatal signal, if the
// process could still say so: `thread` is the signal's number and `tag` who was served, 0 for a
// thread of the plugin's own. Else (SIGKILL, exit) every slot with a tag names one who was inside
// the plugin, since `since_ns` of CLOCK_MONOTONIC. Written with relaxed stores and read when the
// writer is gone, or for a look while it lives.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace qry::base {

struct alignas(64) flight_slot {
    std::atomic<std::uint64_t> tag{0};
    std::atomic<std::int64_t> since_ns{0};
    // The thread's number in the system; 0 = unused.
    std::atomic<std::uint32_t> thread{0};
};
static_assert(sizeof(flight_slot) == 64);

inline constexpr std::size_t flight_slot_count = 1024;
inline constexpr std::size_t flight_bytes = flight_slot_count * sizeof(flight_slot);
// The number of the segment it travels as.
inline constexpr std::uint32_t flight_segment = 0xFFFF'FFFF;

[[nodiscard]] constexpr std::uint64_t flight_tag(
    std::uint32_t lane, std::uint32_t channel
) noexcept {
    return std::uint64_t{lane} << 32 | channel;
}

struct flight {
    std::uint32_t lane = 0;
    std::uint32_t channel = 0;
    // 0 when the process could not say: it was killed.
    int signal = 0;
    std::int64_t since_ns = 0;
};
// Who is to blame; several when that is not known, nobody when no session was served. page: of
// flight_bytes, anything in it is possible.
[[nodiscard]] std::vector<flight> read_flights(std::span<const std::byte> page);

// From now on this process records into `page`, of flight_bytes zeros that stay mapped for good.
// NULL: not any more.
void record_flights(void* page) noexcept;
// Lets the fatal signals leave their note in slot 0; the process then dies of them as always. For
// the main thread and those that record later; call it once.
void note_fatal_signals() noexcept;

// The tag of whom this thread serves; 0 = nobody.
[[nodiscard]] std::uint64_t current_flight() noexcept;

// This thread serves `tag` for the life of the object.
class flight_scope {
public:
    explicit flight_scope(std::uint64_t tag) noexcept;
    flight_scope(const flight_scope&) = delete;
    flight_scope& operator=(const flight_scope&) = delete;
    ~flight_scope();

private:
    const std::uint64_t before_;
};

}  // namespace qry::base
