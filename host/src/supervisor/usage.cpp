#include "supervisor/usage.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <qry/registry/unique_fd.hpp>

namespace qry::supervisor {

namespace {

// The files of /proc that are read here are shorter; empty when there is none.
std::string read_short(const std::string& path) {
    const registry::unique_fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<char, 1024> text{};
    const ssize_t size = file.get() < 0 ? -1 : read(file.get(), text.data(), text.size());
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : std::string();
}

// The number in field `index`, from 0, of a line of fields.
std::uint64_t field(std::string_view line, int index) {
    for (; index > 0; --index) {
        const std::size_t space = line.find(' ');
        if (space == std::string_view::npos) return 0;
        line.remove_prefix(space + 1);
    }
    return std::strtoull(std::string(line.substr(0, line.find(' '))).c_str(), nullptr, 10);
}

std::string bytes_text(std::uint64_t bytes) {
    char text[32];
    const double mib = static_cast<double>(bytes) / (1U << 20);
    if (mib < 1024) {
        std::snprintf(text, sizeof(text), "%.4g MiB", mib);
    } else {
        std::snprintf(text, sizeof(text), "%.4g GiB", mib / 1024);
    }
    return text;
}

}  // namespace

std::optional<usage> read_usage(int process) {
    const std::string folder = "/proc/" + std::to_string(process);
    const std::string memory = read_short(folder + "/statm");
    const std::string state = read_short(folder + "/stat");
    // The name of the program, in parentheses, may hold anything.
    const std::size_t name_end = state.rfind(") ");
    if (memory.empty() || name_end == std::string::npos) return std::nullopt;
    usage out;
    const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    out.resident_bytes = field(memory, 1) * page;
    out.private_bytes = out.resident_bytes - field(memory, 2) * page;
    out.threads = field(std::string_view(state).substr(name_end + 2), 17);
    // Linux 6.2 and later; a worker that cannot be traced lets nobody list the folder.
    struct stat about {};
    if (stat((folder + "/fd").c_str(), &about) == 0) {
        out.descriptors = static_cast<std::uint64_t>(about.st_size);
    }
    return out;
}

cpu_waits read_cpu_waits(int process) {
    const std::string folder = "/proc/" + std::to_string(process) + "/task";
    cpu_waits out;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir(folder.c_str()), &closedir);
    while (const dirent* one = listing ? readdir(listing.get()) : nullptr) {
        if (one->d_name[0] == '.') continue;
        const std::string line = read_short(folder + "/" + one->d_name + "/schedstat");
        if (!line.empty()) out[std::atoi(one->d_name)] = static_cast<std::int64_t>(field(line, 1));
    }
    return out;
}

std::int64_t longest_wait(const cpu_waits& before, const cpu_waits& now) noexcept {
    std::int64_t longest = 0;
    for (const auto& [thread, waited] : now) {
        const auto at = before.find(thread);
        if (at != before.end()) longest = std::max(longest, waited - at->second);
    }
    return longest;
}

bool is_stopped(int process) {
    const std::string state = read_short("/proc/" + std::to_string(process) + "/stat");
    const std::size_t name_end = state.rfind(") ");
    if (name_end == std::string::npos || name_end + 2 >= state.size()) return false;
    return state[name_end + 2] == 'T' || state[name_end + 2] == 't';
}

std::optional<std::string> over_cap(const usage& now, const settings& caps) {
    if (now.private_bytes > caps.memory_bytes) {
        return bytes_text(now.private_bytes) + " of memory, over the cap of " +
               bytes_text(caps.memory_bytes);
    }
    const std::uint64_t all = caps.memory_bytes + caps.arena_bytes;
    if (now.resident_bytes > all) {
        return bytes_text(now.resident_bytes) + " of memory with its batches, over the cap of " +
               bytes_text(all);
    }
    if (now.threads > caps.threads) {
        return std::to_string(now.threads) + " threads, over the cap of " +
               std::to_string(caps.threads);
    }
    if (now.descriptors > caps.descriptors) {
        return std::to_string(now.descriptors) + " open descriptors, over the cap of " +
               std::to_string(caps.descriptors);
    }
    return std::nullopt;
}

}  // namespace qry::supervisor
