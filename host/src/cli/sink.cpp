#include "cli/sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/exit_status.hpp"

namespace qry::cli {

namespace {

constexpr std::size_t buffer_size = 1 << 16;

error file_error(const std::string& what, const std::string& path) {
    return usage_error(
        what + (path.empty() ? " standard output" : " '" + path + "'") + ": " +
            std::strerror(errno),
        path.empty() ? "" : "name a folder that exists and that you may write to"
    );
}

// Where a chain of symbolic links ends, whether something is there or not.
std::string target_of(const std::string& path) {
    constexpr int longest_chain = 40;
    std::filesystem::path at = path;
    for (int i = 0; i < longest_chain; ++i) {
        std::error_code failed;
        const auto next = std::filesystem::read_symlink(at, failed);
        if (failed) break;
        // An absolute one takes the place of all before it.
        at = at.parent_path() / next;
    }
    return at.string();
}

// What mkostemp made is private; this is a file like any other, or like the one it replaces.
void set_access(int fd, const struct stat* old) {
    if (old != nullptr) {
        // Only root gives files away: it may stay ours.
        [[maybe_unused]] const int given = fchown(fd, old->st_uid, old->st_gid);
        (void)fchmod(fd, old->st_mode & 0777);
        return;
    }
    const mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(fd, 0666 & ~mask);
}

bool is_standard_output(const struct stat& file) {
    struct stat out {};
    return fstat(STDOUT_FILENO, &out) == 0 && out.st_dev == file.st_dev &&
           out.st_ino == file.st_ino;
}

}  // namespace

result<sink> sink::open(const std::string& path) {
    sink out;
    out.path_ = path;
    struct stat old {};
    const bool there = !path.empty() && stat(path.c_str(), &old) == 0;
    // /dev/stdout is a file when it was redirected to one.
    if (path.empty() || (there && is_standard_output(old))) {
        out.fd_ = STDOUT_FILENO;
        return out;
    }
    if (there && !S_ISREG(old.st_mode)) return open_in_place(std::move(out));
    out.path_ = target_of(path);
    std::string name = out.path_ + ".XXXXXX";
    out.fd_ = mkostemp(name.data(), O_CLOEXEC);
    if (out.fd_ < 0) return file_error("cannot write", path);
    out.temporary_ = std::move(name);
    set_access(out.fd_, there ? &old : nullptr);
    return out;
}

result<sink> sink::open_in_place(sink out) {
    // Not to wait for the reader of a FIFO, which Ctrl-C could not end.
    out.fd_ = ::open(out.path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (out.fd_ < 0 && errno == ENXIO) {
        return usage_error(
            "cannot write '" + out.path_ + "': nothing reads from it",
            "start the reader first, or leave -o out and use a pipe"
        );
    }
    if (out.fd_ < 0) return file_error("cannot write", out.path_);
    out.owned_ = true;
    (void)fcntl(out.fd_, F_SETFL, O_WRONLY);
    return out;
}

sink::sink(sink&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      owned_(std::exchange(other.owned_, false)),
      buffer_(std::move(other.buffer_)),
      reader_gone_(other.reader_gone_) {}

sink::~sink() {
    if (owned_ || !temporary_.empty()) close(fd_);
    if (temporary_.empty()) return;
    unlink(temporary_.c_str());
}

bool sink::is_terminal() const noexcept {
    return isatty(fd_) == 1;
}

result<void> sink::write(std::string_view text) {
    if (text.size() >= buffer_size) {
        if (auto flushed = flush(); !flushed) return flushed;
        return write_through(text);
    }
    buffer_ += text;
    if (buffer_.size() < buffer_size) return {};
    return flush();
}

result<void> sink::flush() {
    auto written = write_through(buffer_);
    buffer_.clear();
    return written;
}

result<void> sink::write_through(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t done = ::write(fd_, bytes.data(), bytes.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            reader_gone_ = temporary_.empty() && errno == EPIPE;
            return file_error("cannot write", path_);
        }
        bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
}

result<void> sink::commit() {
    if (auto flushed = flush(); !flushed) return flushed;
    if (temporary_.empty()) return {};
    const std::string temporary = std::exchange(temporary_, {});
    const bool kept = fsync(fd_) == 0;
    if (close(fd_) != 0 || !kept || std::rename(temporary.c_str(), path_.c_str()) != 0) {
        error e = file_error("cannot write", path_);
        unlink(temporary.c_str());
        return e;
    }
    return {};
}

}  // namespace qry::cli
