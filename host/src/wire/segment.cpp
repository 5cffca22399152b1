#include "wire/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace qry::wire {

namespace {

constexpr std::uint64_t alignment = 64;
constexpr std::uint64_t page = 4096;
constexpr std::uint64_t worth_resting = 1U << 20;

#ifndef MFD_NOEXEC_SEAL
// Linux 6.3, newer than the headers of Debian 12.
#define MFD_NOEXEC_SEAL 0x0008U
#endif

constexpr std::uint64_t rounded(std::uint64_t size, std::uint64_t step) noexcept {
    return (size + step - 1) / step * step;
}

int make_memfd() noexcept {
    constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    const int fd = ::memfd_create("qry-batches", flags | MFD_NOEXEC_SEAL);
    return fd >= 0 || errno != EINVAL ? fd : ::memfd_create("qry-batches", flags);
}

struct block_range {
    std::byte* at = nullptr;
    std::uint64_t bytes = 0;
};

// One memfd, sized, sealed and mapped; empty when the system has none to give.
block_range map_fresh(std::uint64_t bytes, registry::unique_fd& memory) noexcept {
    registry::unique_fd fd(make_memfd());
    if (fd.get() < 0 || ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) return {};
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return {};
    void* at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (at == MAP_FAILED) return {};
    memory = std::move(fd);
    return {static_cast<std::byte*>(at), bytes};
}

}  // namespace

// Free ranges are known by address, to join neighbours, and by size, to find the best fit: of equal
// ones the lowest, so that few pages are ever touched.
struct segment_source::state {
    struct segment {
        block_range memory;
        std::uint32_t number = 0;
        registry::unique_fd fd;
    };

    explicit state(std::uint64_t limit) noexcept : budget(limit) {}

    const std::uint64_t budget;
    mutable std::mutex mutex;
    // Guarded by mutex
    std::function<void()> on_use;
    std::uint64_t asked = 0;
    bool in_use = false;
    std::uint64_t total = 0;
    // By the address of the first byte.
    std::map<const std::byte*, segment> segments;
    std::map<std::byte*, std::uint64_t> by_address;
    std::set<std::pair<std::uint64_t, std::byte*>> by_size;

    [[nodiscard]] const segment* segment_of(const std::byte* at) const noexcept {
        auto next = segments.upper_bound(at);
        if (next == segments.begin()) return nullptr;
        const segment& found = std::prev(next)->second;
        return at < found.memory.at + found.memory.bytes ? &found : nullptr;
    }
    void add_range(std::byte* at, std::uint64_t bytes) {
        by_size.emplace(bytes, at);
        try {
            by_address.emplace(at, bytes);
        } catch (...) {
            by_size.erase({bytes, at});
            throw;
        }
    }
    void drop_range(std::byte* at, std::uint64_t bytes) noexcept {
        by_size.erase({bytes, at});
        by_address.erase(at);
    }
    [[nodiscard]] bool grow(std::uint64_t bytes);
    [[nodiscard]] std::byte* take(std::uint64_t bytes);
    void give(std::byte* at, std::uint64_t bytes);
};

bool segment_source::state::grow(std::uint64_t bytes) {
    const std::uint64_t left = (budget - total) / page * page;
    const std::uint64_t size = std::min(left, std::max(segment_bytes, rounded(bytes, page)));
    if (size < bytes || segments.size() == most_segments) return false;
    segment fresh;
    fresh.number = static_cast<std::uint32_t>(segments.size() + 1);
    fresh.memory = map_fresh(size, fresh.fd);
    const block_range made = fresh.memory;
    if (made.at == nullptr) return false;
    try {
        add_range(made.at, made.bytes);
        segments.emplace(made.at, std::move(fresh));
    } catch (...) {
        if (by_address.count(made.at) != 0) drop_range(made.at, made.bytes);
        ::munmap(made.at, made.bytes);
        throw;
    }
    total += size;
    return true;
}

std::byte* segment_source::state::take(std::uint64_t bytes) {
    auto best = by_size.lower_bound({bytes, nullptr});
    if (best == by_size.end()) {
        if (!grow(bytes)) return nullptr;
        best = by_size.lower_bound({bytes, nullptr});
    }
    const auto [size, at] = *best;
    // The nodes are used again for what is left, so that nothing can fail half-way.
    auto size_node = by_size.extract(best);
    auto address_node = by_address.extract(at);
    if (size > bytes) {
        size_node.value() = {size - bytes, at + bytes};
        address_node.key() = at + bytes;
        address_node.mapped() = size - bytes;
        by_size.insert(std::move(size_node));
        by_address.insert(std::move(address_node));
    }
    return at;
}

void segment_source::state::give(std::byte* at, std::uint64_t bytes) {
    const segment* home = segment_of(at);
    if (home == nullptr) return;
    // Neighbours in memory need not be of one segment.
    std::byte* const end = home->memory.at + home->memory.bytes;
    const auto next = by_address.lower_bound(at);
    block_range after{at + bytes, 0};
    if (next != by_address.end() && next->first == at + bytes && at + bytes < end) {
        after.bytes = next->second;
    }
    block_range before{at, 0};
    if (next != by_address.begin() && at > home->memory.at) {
        const auto [left, size] = *std::prev(next);
        if (left + size == at) before = {left, size};
    }
    std::byte* const start = before.bytes != 0 ? before.at : at;
    const std::uint64_t joined = before.bytes + bytes + after.bytes;
    if (before.bytes != 0) drop_range(before.at, before.bytes);
    if (after.bytes != 0) drop_range(after.at, after.bytes);
    add_range(start, joined);
}

segment_source::segment_source(std::uint64_t bytes) : state_(std::make_unique<state>(bytes)) {}

segment_source::~segment_source() {
    for (auto& [at, segment] : state_->segments)
        ::munmap(segment.memory.at, segment.memory.bytes);
}

void* segment_source::alloc(std::size_t size) noexcept {
    // Rounding up must not wrap around.
    if (size == 0 || size > SIZE_MAX / 2) return nullptr;
    try {
        const std::lock_guard lock(state_->mutex);
        ++state_->asked;
        if (!state_->in_use && state_->on_use) {
            state_->on_use();
            state_->in_use = true;
        }
        return state_->take(rounded(size, alignment));
    } catch (...) {
        return nullptr;
    }
}

void segment_source::free(void* block, std::size_t size) noexcept {
    if (block == nullptr || size == 0) return;
    try {
        const std::lock_guard lock(state_->mutex);
        state_->give(static_cast<std::byte*>(block), rounded(size, alignment));
    } catch (...) {
        // No memory to remember the range by: it stays unused.
    }
}

std::uint64_t segment_source::rest() noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->in_use = false;
    std::uint64_t covered = 0;
    for (auto range = state_->by_size.rbegin(); range != state_->by_size.rend(); ++range) {
        const auto [bytes, at] = *range;
        if (bytes < worth_resting) break;
        const auto* home = state_->segment_of(at);
        const auto from = rounded(static_cast<std::uint64_t>(at - home->memory.at), page);
        const auto to = (static_cast<std::uint64_t>(at - home->memory.at) + bytes) / page * page;
        const int how = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
        const auto start = static_cast<off_t>(from);
        const auto length = static_cast<off_t>(to - from);
        if (::fallocate(home->fd.get(), how, start, length) == 0) covered += to - from;
    }
    return covered;
}

void segment_source::on_use(std::function<void()> call) {
    const std::lock_guard lock(state_->mutex);
    state_->on_use = std::move(call);
    state_->in_use = false;
}

std::uint64_t segment_source::asked() const noexcept {
    const std::lock_guard lock(state_->mutex);
    return state_->asked;
}

place segment_source::find(const void* address, std::size_t size) const noexcept {
    const auto* at = static_cast<const std::byte*>(address);
    const std::lock_guard lock(state_->mutex);
    const auto* home = state_->segment_of(at);
    if (home == nullptr) return {};
    const auto offset = static_cast<std::uint64_t>(at - home->memory.at);
    if (size > home->memory.bytes - offset) return {};
    return {home->number, offset};
}

std::vector<segment_source::made> segment_source::after(std::uint32_t known) const {
    std::vector<made> out;
    const std::lock_guard lock(state_->mutex);
    for (const auto& [at, segment] : state_->segments) {
        if (segment.number > known)
            out.push_back({segment.number, segment.memory.bytes, segment.fd.get()});
    }
    std::sort(out.begin(), out.end(), [](const made& a, const made& b) {
        return a.number < b.number;
    });
    return out;
}

}  // namespace qry::wire
