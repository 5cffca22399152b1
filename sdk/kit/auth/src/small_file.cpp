#include "small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "wiped.hpp"

namespace qry::auth {

namespace {

class descriptor {
public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

error bad_file(const std::filesystem::path& file, status kind, const std::string& why) {
    return {.kind = kind, .message = "the file '" + file.string() + "' " + why};
}

error cannot_read(const std::filesystem::path& file, int number) {
    status kind = status::invalid_parameter;
    if (number == ENOENT || number == ENOTDIR) kind = status::not_found;
    if (number == EACCES || number == EPERM) kind = status::permission_denied;
    return bad_file(file, kind, "cannot be read: " + std::generic_category().message(number));
}

}  // namespace

result<secret> read_small_file(const std::filesystem::path& file, std::size_t limit) {
    // Without O_NONBLOCK a named pipe would hold the loop until somebody writes.
    const descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (from.get() < 0) return cannot_read(file, errno);
    struct stat facts {};
    if (::fstat(from.get(), &facts) != 0) return cannot_read(file, errno);
    if (!S_ISREG(facts.st_mode)) {
        return bad_file(file, status::invalid_parameter, "is not a regular file");
    }
    wiped_text bytes(std::string(limit + 1, '\0'));
    std::size_t size = 0;
    while (size < bytes.text.size()) {
        const ssize_t got = ::read(from.get(), bytes.text.data() + size, bytes.text.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannot_read(file, errno);
        if (got == 0) return secret(std::string_view(bytes.text).substr(0, size));
        size += static_cast<std::size_t>(got);
    }
    return bad_file(
        file,
        status::invalid_parameter,
        "is longer than the " + std::to_string(limit) + " bytes allowed"
    );
}

}  // namespace qry::auth
