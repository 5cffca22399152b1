#include <catch2/catch.hpp>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include "file.hpp"
#include "plugin_tree.hpp"

using namespace qry::registry;
using namespace qry::test;

namespace fs = std::filesystem;

namespace {

std::string digest_of(const fs::path& file) {
    const auto fd = open_regular(file);
    REQUIRE(fd);
    const auto digest = sha256(fd->get(), file);
    REQUIRE(digest);
    return *digest;
}

const plugin& first(const catalog& c) {
    REQUIRE(c.plugins().size() == 1);
    return c.plugins().front();
}

}  // namespace

TEST_CASE("the digest is SHA-256 of the whole file") {
    const temp_folder folder;
    write_file(folder.path() / "abc", "abc");
    write_file(folder.path() / "empty", "");
    // FIPS 180-2, appendix B.1 and B.3.
    CHECK(
        digest_of(folder.path() / "abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    CHECK(
        digest_of(folder.path() / "empty") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    write_file(folder.path() / "million", std::string(1'000'000, 'a'));
    CHECK(
        digest_of(folder.path() / "million") ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
}

TEST_CASE("a library that fits its manifest is opened, and its path loads it") {
    const temp_folder folder;
    const auto own = install_canary(
        folder.path(), "c", canary_library(), canary_manifest(digest_of(canary_library_file()))
    );
    const catalog found = scan(folder.path());
    CHECK(first(found).trust == "hash");
    const auto opened = open_library(first(found));
    if (!opened) FAIL(opened.error().message);
    CHECK(opened->original() == own / "libqry_canary.so");
    void* handle = ::dlopen(opened->loadable_path().c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(handle != nullptr);
    CHECK(::dlsym(handle, "qry_plugin_entry") != nullptr);
}

TEST_CASE("what was checked is what is loaded, even when the name leads elsewhere by then") {
    const temp_folder folder;
    const auto own = install_canary(folder.path(), "c", canary_library(), canary_manifest());
    const catalog found = scan(folder.path());
    const auto opened = open_library(first(found));
    REQUIRE(opened);
    write_file(own / "evil.so", "not a library at all");
    fs::rename(own / "evil.so", own / "libqry_canary.so");
    CHECK(read_file(opened->loadable_path()) == canary_library());
}

TEST_CASE("a second library under the same descriptor number is not taken for the first") {
    const temp_folder folder;
    install_canary(folder.path() / "a", "c", canary_library(), canary_manifest());
    install_canary(folder.path() / "b", "c", canary_library(), canary_manifest());
    std::vector<void*> handles;
    std::vector<int> descriptors;
    for (const char* name : {"a", "b"}) {
        const auto opened = open_library(first(scan(folder.path() / name)));
        REQUIRE(opened);
        const std::string path = opened->loadable_path();
        descriptors.push_back(std::stoi(path.substr(path.rfind('/') + 1)));
        handles.push_back(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL));
        REQUIRE(handles.back() != nullptr);
    }
    // Closed in between, so the number came again; else this would show nothing.
    REQUIRE(descriptors[0] == descriptors[1]);
    CHECK(handles[0] != handles[1]);
}

TEST_CASE("a file swapped after the scan is noticed when it is opened") {
    const temp_folder folder;
    const auto own = install_canary(
        folder.path(), "c", canary_library(), canary_manifest(digest_of(canary_library_file()))
    );
    const catalog found = scan(folder.path());
    std::string changed = canary_library();
    changed.back() = static_cast<char>(changed.back() ^ 1);
    write_file(own / "libqry_canary.so", changed);
    const auto opened = open_library(first(found));
    REQUIRE(!opened);
    CHECK(opened.error().kind == qry::status::plugin_error);
    CHECK_THAT(opened.error().message, Catch::Contains("has the SHA-256"));
    fs::remove(own / "libqry_canary.so");
    const auto gone = open_library(first(found));
    REQUIRE(!gone);
    CHECK_THAT(gone.error().message, Catch::Contains("cannot be opened: No such file"));
}

TEST_CASE("an unusable plugin is not opened") {
    const temp_folder folder;
    install_canary(folder.path(), "c", "", canary_manifest());
    const auto opened = open_library(first(scan(folder.path())));
    REQUIRE(!opened);
    CHECK_THAT(opened.error().message, Catch::StartsWith("driver 'canary' cannot be used: "));
}

TEST_CASE("the descriptor is closed with its owner and not inherited") {
    const temp_folder folder;
    install_canary(folder.path(), "c", canary_library(), canary_manifest());
    const catalog found = scan(folder.path());
    int fd = -1;
    {
        auto opened = open_library(first(found));
        REQUIRE(opened);
        const checked_library moved = std::move(*opened);
        const std::string path = moved.loadable_path();
        fd = std::stoi(path.substr(path.rfind('/') + 1));
        CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    }
    CHECK(::fcntl(fd, F_GETFD) == -1);
}
