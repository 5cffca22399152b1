#include "qry/conformance/arena.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>

namespace qry::conformance {
namespace {

constexpr std::size_t alignment = 64;
constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();
// Neither zero nor a likely value: a plugin that leaves parts of a buffer unset shows it.
constexpr int fresh_pattern = 0xCD;
constexpr int freed_pattern = 0xDD;
constexpr unsigned char guard_pattern = 0xFD;

std::size_t padded(std::size_t size) {
    return (size + alignment - 1) / alignment * alignment + alignment;
}

void set_guard(void* buffer, std::size_t size) {
    std::memset(static_cast<char*>(buffer) + size, guard_pattern, padded(size) - size);
}

bool guard_intact(const void* buffer, std::size_t size) {
    const auto* bytes = static_cast<const unsigned char*>(buffer);
    return std::all_of(bytes + size, bytes + padded(size), [](unsigned char b) {
        return b == guard_pattern;
    });
}

}  // namespace

struct arena::state : std::enable_shared_from_this<state> {
    state(std::shared_ptr<ledger> b, bool for_measuring)
        : book(std::move(b)), fills(!for_measuring) {}

    const std::shared_ptr<ledger> book;
    const bool fills;
    std::mutex mutex;
    // Guarded by mutex
    std::unordered_map<void*, std::size_t> live;
    std::size_t bytes = 0;
    std::size_t peak = 0;
    std::int64_t calls = 0;
    std::int64_t successes_left = unlimited;
    // Keeps this alive while buffers are; the object in front of it may be gone by then.
    std::shared_ptr<state> self;

    static state& of(qry_arena* handle) { return *reinterpret_cast<state*>(handle); }

    bool may_allocate() {
        ++calls;
        if (successes_left == 0) return false;
        if (successes_left != unlimited) --successes_left;
        return true;
    }
    void* take(std::size_t size) {
        void* buffer = std::aligned_alloc(alignment, padded(size));
        if (buffer == nullptr) return nullptr;
        if (fills) std::memset(buffer, fresh_pattern, size);
        set_guard(buffer, size);
        live.emplace(buffer, size);
        bytes += size;
        peak = std::max(peak, bytes);
        self = shared_from_this();
        return buffer;
    }
    // Checks and forgets a buffer; false when it is not ours to free.
    bool give_back(void* buffer, std::size_t size, const char* service) {
        const auto found = live.find(buffer);
        if (found == live.end()) {
            book->add(violation{
                "arena.known_buffer",
                std::string(service) +
                    " was given a pointer that is not a live buffer of this session's arena: "
                    "freed twice, or from elsewhere"});
            return false;
        }
        if (found->second != size) {
            book->add(violation{
                "arena.size",
                std::string(service) + " was told " + std::to_string(size) +
                    " bytes for a buffer of " + std::to_string(found->second)});
        }
        if (!guard_intact(buffer, found->second)) {
            book->add(violation{
                "arena.overrun",
                "bytes behind a buffer of " + std::to_string(found->second) + " were written"});
        }
        bytes -= found->second;
        if (fills) std::memset(buffer, freed_pattern, found->second);
        live.erase(found);
        return true;
    }
};

arena::arena(std::shared_ptr<ledger> book, bool for_measuring)
    : state_(std::make_shared<state>(std::move(book), for_measuring)) {}

arena::~arena() = default;

qry_arena* arena::handle() noexcept {
    return reinterpret_cast<qry_arena*>(state_.get());
}

std::size_t arena::live_buffers() const {
    const std::lock_guard lock(state_->mutex);
    return state_->live.size();
}

std::size_t arena::live_bytes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->bytes;
}

std::size_t arena::peak_bytes() const {
    const std::lock_guard lock(state_->mutex);
    return state_->peak;
}

std::int64_t arena::allocations() const {
    const std::lock_guard lock(state_->mutex);
    return state_->calls;
}

void arena::fail_after(std::int64_t n) {
    const std::lock_guard lock(state_->mutex);
    state_->successes_left = n;
}

void arena::never_fail() {
    fail_after(unlimited);
}

void* arena::alloc(qry_arena* self, std::size_t size) noexcept {
    state& s = state::of(self);
    const std::lock_guard lock(s.mutex);
    if (size == 0) {
        s.book->add(violation{"arena.size", "buffer_alloc was asked for 0 bytes"});
        return nullptr;
    }
    return s.may_allocate() ? s.take(size) : nullptr;
}

// Always moves: a plugin that keeps the old pointer is found out the first time.
void* arena::resize(
    qry_arena* self, void* buffer, std::size_t old_size, std::size_t new_size
) noexcept {
    state& s = state::of(self);
    const std::lock_guard lock(s.mutex);
    if (new_size == 0) {
        s.book->add(violation{"arena.size", "buffer_resize was asked for 0 bytes"});
        return nullptr;
    }
    const auto found = s.live.find(buffer);
    if (found == s.live.end()) {
        s.give_back(buffer, old_size, "buffer_resize");
        return nullptr;
    }
    if (!s.may_allocate() && new_size > found->second) return nullptr;
    const std::size_t kept = std::min(found->second, new_size);
    void* moved = s.take(new_size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, buffer, kept);
    s.give_back(buffer, old_size, "buffer_resize");
    std::free(buffer);
    return moved;
}

void arena::free(qry_arena* self, void* buffer, std::size_t size) noexcept {
    if (buffer == nullptr) return;
    // Let go of after the lock is: the last buffer may take the state with it.
    std::shared_ptr<state> last;
    state& s = state::of(self);
    const std::lock_guard lock(s.mutex);
    if (!s.give_back(buffer, size, "buffer_free")) return;
    std::free(buffer);
    if (s.live.empty()) last = std::move(s.self);
}

}  // namespace qry::conformance
