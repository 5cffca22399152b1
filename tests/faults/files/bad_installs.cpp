// Installations that are bad in one way each, around a library that is good.
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <functional>

#include "host.hpp"
#include "plugin_tree.hpp"

using namespace qry::test;

namespace fs = std::filesystem;

namespace {

// Makes the folder that holds libqry_canary.so and qry-plugin.json, then spoils it.
std::string reason_after(const std::function<void(const fs::path&)>& spoil) {
    const temp_folder folder;
    const auto own = install_canary(folder.path(), "canary", canary_library(), canary_manifest());
    spoil(own);
    const outcome found = use_plugin(folder.path());
    CHECK_FALSE(found.reached_the_loader);
    CHECK_FALSE(found.sang);
    return found.reason;
}

std::string reason_of_manifest(const std::string& text) {
    return reason_after([&](const fs::path& own) { write_file(own / "qry-plugin.json", text); });
}

}  // namespace

TEST_CASE("no manifest") {
    CHECK_THAT(
        reason_after([](const fs::path& own) { fs::remove(own / "qry-plugin.json"); }),
        Catch::EndsWith("libqry_canary.so' has no qry-plugin.json beside it")
    );
}

TEST_CASE("an empty manifest") {
    CHECK_THAT(reason_of_manifest(""), Catch::Contains("is not valid JSON at line 1, column 1"));
}

TEST_CASE("a manifest that is no JSON") {
    CHECK_THAT(reason_of_manifest("name: canary\n"), Catch::Contains("is not valid JSON"));
}

TEST_CASE("a manifest with a mistyped key") {
    CHECK_THAT(
        reason_of_manifest(replaced(canary_manifest(), "\"model\"", "\"modell\"")),
        Catch::Contains("'modell' is not a known key; did you mean 'model'?")
    );
}

TEST_CASE("a manifest of another ABI major") {
    CHECK(
        reason_of_manifest(replaced(canary_manifest(), "\"major\": 1", "\"major\": 2")) ==
        "plugin 'canary' 1.2.3 speaks ABI 2.0; this host speaks 1.x; rebuild it against an SDK of "
        "ABI 1"
    );
}

TEST_CASE("a manifest without a library for this platform") {
    CHECK_THAT(
        reason_of_manifest(replaced(
            canary_manifest(), std::string(qry::registry::this_platform()), "linux-riscv64"
        )),
        Catch::Matches("it has no library for linux-[a-z0-9_]+, only for linux-riscv64")
    );
}

TEST_CASE("a manifest that is a folder") {
    CHECK_THAT(
        reason_after([](const fs::path& own) {
            fs::remove(own / "qry-plugin.json");
            fs::create_directory(own / "qry-plugin.json");
        }),
        Catch::Contains("qry-plugin.json' is a directory; expected a regular file")
    );
}

TEST_CASE("a library with another digest than the manifest states") {
    CHECK_THAT(
        reason_of_manifest(canary_manifest(std::string(64, 'a'))),
        Catch::EndsWith("; the manifest states " + std::string(64, 'a'))
    );
}

TEST_CASE("a library that is missing") {
    CHECK_THAT(
        reason_after([](const fs::path& own) { fs::remove(own / "libqry_canary.so"); }),
        Catch::EndsWith("libqry_canary.so' cannot be opened: No such file or directory")
    );
}

TEST_CASE("a library that is a folder") {
    CHECK_THAT(
        reason_after([](const fs::path& own) {
            fs::remove(own / "libqry_canary.so");
            fs::create_directory(own / "libqry_canary.so");
        }),
        Catch::EndsWith("libqry_canary.so' is a directory; expected a regular file")
    );
}

TEST_CASE("a library that is a FIFO nobody writes to") {
    CHECK_THAT(
        reason_after([](const fs::path& own) {
            fs::remove(own / "libqry_canary.so");
            REQUIRE(::mkfifo((own / "libqry_canary.so").c_str(), 0600) == 0);
        }),
        Catch::EndsWith("libqry_canary.so' is a FIFO; expected a regular file")
    );
}

TEST_CASE("a library that is a device") {
    CHECK_THAT(
        reason_after([](const fs::path& own) {
            fs::remove(own / "libqry_canary.so");
            fs::create_symlink("/dev/zero", own / "libqry_canary.so");
        }),
        Catch::EndsWith("libqry_canary.so' is a device or socket; expected a regular file")
    );
}

TEST_CASE("a library that is a link to nowhere, and one to itself") {
    CHECK_THAT(
        reason_after([](const fs::path& own) {
            fs::remove(own / "libqry_canary.so");
            fs::create_symlink("nowhere.so", own / "libqry_canary.so");
        }),
        Catch::EndsWith("cannot be opened: No such file or directory")
    );
    CHECK_THAT(
        reason_after([](const fs::path& own) {
            fs::remove(own / "libqry_canary.so");
            fs::create_symlink("libqry_canary.so", own / "libqry_canary.so");
        }),
        Catch::EndsWith("cannot be opened: Too many levels of symbolic links")
    );
}

TEST_CASE("bad neighbours do not hurt a good plugin") {
    const temp_folder folder;
    install_canary(folder.path(), "a_empty", "", canary_manifest());
    write_file(folder.path() / "b_broken" / "qry-plugin.json", "{");
    write_file(folder.path() / "c_lost" / "libqry_lost.so", canary_library());
    install_canary(folder.path(), "good", canary_library(), canary_manifest());
    const auto found = scan(folder.path());
    CHECK(found.plugins().size() == 4);
    const auto good = found.find("canary");
    REQUIRE(good);
    CHECK((*good)->folder == folder.path() / "good");
    CHECK(qry::registry::open_library(**good));
}
