#include <catch2/catch.hpp>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <span>

#include <qry/kit/elf/note.hpp>

#include "elf_editor.hpp"
#include "plugin_tree.hpp"

using namespace qry::test;
namespace elf = qry::elf;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
    return std::as_bytes(std::span(text));
}

}  // namespace

TEST_CASE("the note, the exports and the needed libraries of a plugin are read from its bytes") {
    const auto found = elf::read(bytes_of(canary_library()), "canary.so");
    if (!found) FAIL(found.error().message);
    REQUIRE(found->note);
    CHECK(found->note->magic == QRY_PLUGIN_MAGIC);
    CHECK(found->note->abi_major == QRY_ABI_MAJOR);
    CHECK(found->note->abi_minor == QRY_ABI_MINOR);
    CHECK(found->note->entry_size == sizeof(qry_plugin_entry_table));
    CHECK(found->note->driver_size == sizeof(qry_driver));
    CHECK(found->note->session_size == sizeof(qry_session_verbs));
    CHECK(elf::name_of(*found->note) == "canary");
    CHECK(elf::version_of(*found->note) == "1.2.3");
    // Its constructor, its init and its tables stay hidden.
    CHECK(found->exports == std::vector<std::string>{"qry_plugin_entry"});
    CHECK(found->needed == std::vector<std::string>{"libc.so.6"});
    CHECK(found->run_path.empty());
    CHECK_FALSE(found->executable_stack);
    CHECK(std::ranges::any_of(found->versions, [](const std::string& version) {
        return version.starts_with("GLIBC_");
    }));
    CHECK(elf::check(*found, "canary.so"));
}

TEST_CASE("a file is read through its descriptor without moving it") {
    const int fd = ::open(canary_library_file().c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(fd >= 0);
    const auto note = elf::read_note(fd, "canary.so");
    CHECK(::lseek(fd, 0, SEEK_CUR) == 0);
    ::close(fd);
    if (!note) FAIL(note.error().message);
    CHECK(elf::name_of(*note) == "canary");
    const auto closed = elf::read_note(-1, "canary.so");
    REQUIRE(!closed);
    CHECK_THAT(closed.error().message, Catch::Contains("cannot be examined"));
}

TEST_CASE("a note of the full 32 characters needs no NUL") {
    elf_editor editor(canary_library());
    editor.note([](qry_note& n) { std::memset(n.body.name, 'a', sizeof(n.body.name)); });
    const auto note = elf::read_note(bytes_of(editor.bytes()), "x");
    if (!note) FAIL(note.error().message);
    CHECK(elf::name_of(*note) == std::string(32, 'a'));
}

TEST_CASE("the system's C library is read, large as it is, and is no plugin") {
    Dl_info info{};
    // A function that no sanitizer puts its own in place of.
    void* function = ::dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
    REQUIRE(::dladdr(function, &info) != 0);
    const auto found = elf::read(bytes_of(read_file(info.dli_fname)), "libc");
    if (!found) FAIL(found.error().message);
    const auto exports = [&](const char* name) {
        return std::find(found->exports.begin(), found->exports.end(), name) !=
               found->exports.end();
    };
    CHECK(exports("gnu_get_libc_version"));
    // Needed from the loader, not offered.
    CHECK_FALSE(exports("__tls_get_addr"));
    const auto checked = elf::check(*found, "libc");
    REQUIRE(!checked);
    CHECK(
        checked.error().message ==
        "'libc' is a shared library but has no QRY note, so it is no QRY plugin"
    );
}

TEST_CASE("a program is no plugin") {
    const auto found = elf::read(bytes_of(read_file("/proc/self/exe")), "self");
    REQUIRE(!found);
    CHECK(found.error().message == "'self' is an executable; a plugin is a shared library");
}

TEST_CASE("a file cut at any length is refused, never misread") {
    const std::string& whole = canary_library();
    for (std::size_t size = 0; size < whole.size(); size += 13) {
        // An exact copy, so that a sanitizer sees any read beyond it.
        const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<long>(size));
        const auto found = elf::read_note(std::as_bytes(std::span(cut)), "cut.so");
        INFO("size " << size);
        REQUIRE_FALSE(found);
        REQUIRE(found.error().message.starts_with("'cut.so' is "));
    }
}

TEST_CASE("damaged bytes are read or refused, without harm") {
    const unsigned seed = 20261122;
    std::mt19937 random(seed);
    const std::string& whole = canary_library();
    // Headers, notes, hash, symbols and the dynamic section are where a parser can go wrong; the
    // dynamic section is near the file's end.
    std::uniform_int_distribution<std::size_t> place(0, whole.size() - 1);
    std::uniform_int_distribution<std::size_t> front(0, 4096);
    std::uniform_int_distribution<int> byte(0, 255);
    int refused = 0;
    for (int round = 0; round != 20'000; ++round) {
        std::vector<char> copy(whole.begin(), whole.end());
        for (int i = 0; i != 4; ++i) {
            const std::size_t at = round % 2 == 0 ? front(random) : place(random);
            copy.at(at) = static_cast<char>(byte(random));
        }
        if (!elf::read_note(std::as_bytes(std::span(copy)), "x")) ++refused;
    }
    INFO("seed " << seed);
    CHECK(refused > 1'000);
}
