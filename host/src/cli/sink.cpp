#include "cli/sink.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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

}  // namespace

result<sink> sink::open(const std::string& path) {
    sink out;
    if (path.empty()) {
        out.fd_ = STDOUT_FILENO;
        return out;
    }
    out.path_ = path;
    std::string name = path + ".XXXXXX";
    out.fd_ = mkostemp(name.data(), O_CLOEXEC);
    if (out.fd_ < 0) return file_error("cannot write", path);
    out.temporary_ = std::move(name);
    // mkostemp makes it private; the result is a file like any other.
    const mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(out.fd_, 0666 & ~mask);
    return out;
}

sink::sink(sink&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      buffer_(std::move(other.buffer_)),
      reader_gone_(other.reader_gone_) {}

sink::~sink() {
    if (temporary_.empty()) return;
    close(fd_);
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
            reader_gone_ = path_.empty() && errno == EPIPE;
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
