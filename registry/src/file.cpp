#include "file.hpp"

#include <openssl/evp.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace qry::registry {

namespace {

constexpr std::size_t block_size = 1U << 18U;

error cannot(const std::filesystem::path& file, const std::string& why) {
    return {
        .kind = status::plugin_error,
        .message = "'" + file.string() + "' " + why,
        .hint = "see that the file is there and readable for this user",
        .from = origin::host};
}

std::string reason() {
    return std::strerror(errno);
}

// Calls take(data, size) on block after block. A descriptor's position is not used: it may be
// shared.
template <class Take>
result<void> each_block(int fd, const std::filesystem::path& file, Take take) {
    std::vector<char> block(block_size);
    off_t at = 0;
    while (true) {
        const ssize_t got = ::pread(fd, block.data(), block.size(), at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return cannot(file, "cannot be read: " + reason());
        if (got == 0) return {};
        if (!take(block.data(), static_cast<std::size_t>(got))) return {};
        at += got;
    }
}

struct free_digest {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

}  // namespace

result<unique_fd> open_regular(const std::filesystem::path& file) {
    // Non-blocking: opening a FIFO would wait for its writer.
    unique_fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (fd.get() < 0) return cannot(file, "cannot be opened: " + reason());
    struct stat found {};
    if (::fstat(fd.get(), &found) != 0) return cannot(file, "cannot be examined: " + reason());
    if (S_ISREG(found.st_mode)) return fd;
    const char* kind = S_ISDIR(found.st_mode)    ? "is a directory"
                       : S_ISFIFO(found.st_mode) ? "is a FIFO"
                                                 : "is a device or socket";
    return cannot(file, std::string(kind) + "; expected a regular file");
}

result<std::string> read_text(const std::filesystem::path& file, std::size_t limit) {
    auto fd = open_regular(file);
    if (!fd) return std::move(fd).error();
    std::string text;
    auto ok = each_block(fd->get(), file, [&](const char* data, std::size_t size) {
        text.append(data, size);
        return text.size() <= limit;
    });
    if (!ok) return std::move(ok).error();
    if (text.size() <= limit) return text;
    return cannot(file, "is longer than the " + std::to_string(limit) + " bytes allowed");
}

result<std::string> sha256(int fd, const std::filesystem::path& file) {
    const std::unique_ptr<EVP_MD_CTX, free_digest> context(EVP_MD_CTX_new());
    bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
    if (good) {
        auto ok = each_block(fd, file, [&](const char* data, std::size_t size) {
            return good = EVP_DigestUpdate(context.get(), data, size) == 1;
        });
        if (!ok) return std::move(ok).error();
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (!good || EVP_DigestFinal_ex(context.get(), digest.data(), &length) != 1) {
        return cannot(file, "cannot be hashed: OpenSSL has no SHA-256 here");
    }
    static constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i != length; ++i) {
        hex += digits[digest.at(i) >> 4U];
        hex += digits[digest.at(i) & 15U];
    }
    return hex;
}

}  // namespace qry::registry
