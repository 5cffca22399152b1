#include "library.hpp"

#include <unistd.h>

#include <atomic>
#include <utility>

#include <qry/kit/elf/note.hpp>

namespace qry::registry {

namespace {

error refused(std::string message, std::string hint) {
    return {
        .kind = status::plugin_error,
        .message = std::move(message),
        .hint = std::move(hint),
        .from = origin::host};
}

// Of the process, as the loader's table of names is.
std::uint64_t next_serial() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
}

// What is installed must be what was announced: a manifest left behind by another version would
// validate parameters that this library does not have.
result<void> compare(
    const manifest& about, const qry_note_body& note, const std::filesystem::path& library
) {
    const auto differs =
        [&](const char* what, std::string_view in_library, const std::string& in_manifest) {
            return refused(
                "'" + library.string() + "' has the " + what + " '" + std::string(in_library) +
                    "' in its ELF note; the manifest says '" + in_manifest + "'",
                "install library and manifest of the same build"
            );
        };
    if (elf::name_of(note) != about.name) return differs("name", elf::name_of(note), about.name);
    if (elf::version_of(note) != about.version) {
        return differs("version", elf::version_of(note), about.version);
    }
    return {};
}

}  // namespace

result<unique_fd> open_and_check(const manifest& about, const std::filesystem::path& library) {
    auto fd = open_regular(library);
    if (!fd) return fd;
    auto note = elf::read_note(fd->get(), library.string());
    if (!note) return std::move(note).error();
    if (auto same = compare(about, *note, library); !same) return std::move(same).error();
    return fd;
}

result<void> check_digest(int fd, const manifest& about, const std::filesystem::path& library) {
    const auto stated = about.libraries.find(std::string(this_platform()));
    if (stated == about.libraries.end() || stated->second.sha256.empty()) return {};
    const auto found = sha256(fd, library);
    if (!found) return found.error();
    if (*found == stated->second.sha256) return {};
    return refused(
        "'" + library.string() + "' has the SHA-256 " + *found + "; the manifest states " +
            stated->second.sha256,
        "the library was changed after its manifest was written; install the plugin again"
    );
}

checked_library::checked_library(int fd, std::filesystem::path original) noexcept
    : fd_(fd), serial_(next_serial()), original_(std::move(original)) {}

checked_library::checked_library(checked_library&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      serial_(other.serial_),
      original_(std::move(other.original_)) {}

checked_library& checked_library::operator=(checked_library&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(serial_, other.serial_);
    std::swap(original_, other.original_);
    return *this;
}

checked_library::~checked_library() {
    if (fd_ >= 0) ::close(fd_);
}

std::string checked_library::loadable_path() const {
    // The serial, spelled in steps that lead nowhere: "/." for 0, "//" for 1.
    std::string steps;
    for (std::uint64_t rest = serial_; rest != 0; rest >>= 1U) {
        steps.insert(0, (rest & 1U) != 0 ? "//" : "/.");
    }
    return "/proc/self/fd" + steps + "/" + std::to_string(fd_);
}

result<checked_library> open_library(const plugin& which) {
    if (!which.usable()) {
        return refused(
            "driver '" + which.about.name + "' cannot be used: " + which.reason,
            "'qry-host drivers' lists every plugin with its state"
        );
    }
    auto fd = open_and_check(which.about, which.library);
    if (!fd) return std::move(fd).error();
    // Note and digest were read from the same descriptor that is loaded: a file swapped under its
    // name in between is not what the caller gets.
    if (auto ok = check_digest(fd->get(), which.about, which.library); !ok) {
        return std::move(ok).error();
    }
    return checked_library(fd->release(), which.library);
}

}  // namespace qry::registry
