#include "source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace qry::elf {

namespace {

const char* kind_of(mode_t mode) noexcept {
    if (S_ISDIR(mode)) return "a directory";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    if (S_ISSOCK(mode)) return "a socket";
    return "not a regular file";
}

}  // namespace

error refused(const std::string& file, const std::string& what, std::string hint) {
    return {
        .kind = status::plugin_error,
        .message = "'" + file + "' " + what,
        .hint = std::move(hint),
        .from = origin::host};
}

result<source> source::of(int fd, const std::string& file) {
    struct stat found {};
    if (::fstat(fd, &found) != 0) {
        return refused(file, std::string("cannot be examined: ") + std::strerror(errno), "");
    }
    if (!S_ISREG(found.st_mode)) {
        return refused(
            file,
            std::string("is ") + kind_of(found.st_mode) + "; a plugin is a regular file",
            "name the plugin's libqry_NAME.so"
        );
    }
    return source(fd, static_cast<std::uint64_t>(found.st_size));
}

bool source::read(std::uint64_t offset, void* out, std::size_t count) const {
    if (offset > size_ || count > size_ - offset) return false;
    if (fd_ < 0) {
        if (count != 0) std::memcpy(out, bytes_.data() + offset, count);
        return true;
    }
    auto* to = static_cast<char*>(out);
    while (count != 0) {
        const ssize_t got = ::pread(fd_, to, count, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        // 0: the file was cut after it was measured.
        if (got <= 0) return false;
        to += got;
        offset += static_cast<std::uint64_t>(got);
        count -= static_cast<std::size_t>(got);
    }
    return true;
}

}  // namespace qry::elf
