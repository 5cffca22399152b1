#include "daemon/hub.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <span>
#include <utility>

#include "schema/data.hpp"

namespace qry::daemon {

namespace {

constexpr int all_seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

bool write_all(int fd, std::span<const std::byte> from) {
    while (!from.empty()) {
        const ssize_t written = ::write(fd, from.data(), from.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        from = from.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

result<registry::unique_fd> seal(std::span<const std::byte> block) {
    registry::unique_fd memory(::memfd_create("qry-schema", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (memory.get() < 0 || !write_all(memory.get(), block) ||
        ::fcntl(memory.get(), F_ADD_SEALS, all_seals) != 0) {
        return error{
            .kind = status::resource_limit,
            .message = "no shared memory for a schema of " + std::to_string(block.size()) +
                       " bytes: " + std::strerror(errno),
            .from = origin::host};
    }
    return memory;
}

}  // namespace

datasource_ptr directory::find(const std::string& id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

void directory::forget(const std::string& name) {
    std::erase_if(by_id_, [&](const auto& each) {
        if (each.second->info().name != name) return false;
        removed_[each.first] = name;
        return true;
    });
}

std::string directory::removed(const std::string& id) const {
    const auto found = removed_.find(id);
    return found == removed_.end() ? std::string() : found->second;
}

// Another daemon's numbers must not be taken for ours by a client that outlives one.
images::images() : next_(std::uint64_t{std::random_device{}()} << 32 | 1) {}

result<shared_image> images::of(const std::string& id, const schema_ptr& snapshot) {
    entry& held = by_id_[id];
    // One that was found unchanged has the content of before.
    if (held.snapshot && &held.snapshot->content() == &snapshot->content()) return held.image;
    const auto block = snapshot->content().block;
    auto memory = seal(block);
    if (!memory) return std::move(memory).error();
    held.snapshot = snapshot;
    held.image = {
        .number = next_++,
        .bytes = block.size(),
        .memory = std::make_shared<const registry::unique_fd>(std::move(*memory))};
    return held.image;
}

}  // namespace qry::daemon
