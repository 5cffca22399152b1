#include <catch2/catch.hpp>

#include "plugin_tree.hpp"

using namespace qry::registry;
using namespace qry::test;

namespace fs = std::filesystem;

namespace {

const plugin& only(const catalog& c) {
    REQUIRE(c.plugins().size() == 1);
    return c.plugins().front();
}

}  // namespace

TEST_CASE("a good plugin is listed with what it is and where it came from") {
    const temp_folder folder;
    install_canary(folder.path(), "any_name", canary_library(), canary_manifest());
    const catalog found = scan(folder.path());
    const plugin& p = only(found);
    CHECK(p.usable());
    CHECK(p.about.name == "canary");
    CHECK(p.folder == folder.path() / "any_name");
    CHECK(p.library == folder.path() / "any_name" / "libqry_canary.so");
    CHECK(p.origin == "option");
    CHECK(p.trust == "unsigned");
    CHECK(found.folders().front().outcome == "has canary");
}

TEST_CASE("a plugin is found by name and by alias") {
    const temp_folder folder;
    install_canary(folder.path(), "c", canary_library(), canary_manifest());
    const catalog found = scan(folder.path());
    REQUIRE(found.find("canary"));
    CHECK(*found.find("canary") == &found.plugins().front());
    REQUIRE(found.find("tweety"));
    CHECK(*found.find("tweety") == &found.plugins().front());
    CHECK_FALSE(found.find("c"));
    CHECK_FALSE(found.find(""));
}

TEST_CASE("the folder of one plugin may be named directly") {
    const temp_folder folder;
    const auto own = install_canary(folder.path(), "c", canary_library(), canary_manifest());
    CHECK(only(scan(own)).usable());
}

TEST_CASE("a driver that is not installed is told with every folder and what it gave") {
    const temp_folder folder;
    install_canary(folder.path() / "a", "c", canary_library(), canary_manifest());
    fs::create_directories(folder.path() / "empty");
    write_file(folder.path() / "file", "");
    write_file(folder.path() / "b" / "broken" / "qry-plugin.json", "{");
    const std::string base = folder.path().string();
    const catalog found = catalog::scan(
        {{base + "/a", "option"},
         {base + "/none", "QRY_PLUGIN_PATH"},
         {base + "/empty", "user"},
         {base + "/file", "user"},
         {base + "/b", "system"},
         {base + "/a/.", "system"}}
    );
    const auto missing = found.find("canray");
    REQUIRE(!missing);
    CHECK(missing.error().kind == qry::status::not_found);
    CHECK(
        missing.error().message ==
        "driver 'canray' is not installed; searched: " + base + "/a (option) has canary; " + base +
            "/none (QRY_PLUGIN_PATH) does not exist; " + base + "/empty (user) holds no plugin; " +
            base + "/file (user) is not a folder; " + base + "/b (system) has broken (unusable); " +
            base + "/a/. (system) was searched already"
    );
    CHECK(
        missing.error().hint ==
        "did you mean 'canary'? install its plugin in one of these "
        "folders, or name its folder in QRY_PLUGIN_PATH"
    );
    const auto nowhere = catalog::scan({}).find("x");
    REQUIRE(!nowhere);
    CHECK(nowhere.error().message == "driver 'x' is not installed; there was no folder to search");
}

TEST_CASE("the first usable plugin of a name wins and the later one says by what it is shadowed") {
    const temp_folder folder;
    install_canary(folder.path() / "a", "c", canary_library(), canary_manifest());
    install_canary(folder.path() / "b", "c", canary_library(), canary_manifest());
    const catalog found =
        catalog::scan({{folder.path() / "a", "option"}, {folder.path() / "b", "system"}});
    REQUIRE(found.plugins().size() == 2);
    CHECK(found.plugins()[0].usable());
    CHECK(
        found.plugins()[1].reason == "it is shadowed by version 1.2.3 in '" +
                                         (folder.path() / "a" / "c").string() +
                                         "', which is searched first"
    );
    REQUIRE(found.find("canary"));
    CHECK((*found.find("canary"))->origin == "option");
}

TEST_CASE("a broken plugin does not stand in the way of a good one of its name") {
    const temp_folder folder;
    install_canary(folder.path() / "a", "c", "", canary_manifest());
    install_canary(folder.path() / "b", "c", canary_library(), canary_manifest());
    const catalog found =
        catalog::scan({{folder.path() / "a", "option"}, {folder.path() / "b", "system"}});
    REQUIRE(found.plugins().size() == 2);
    CHECK_THAT(found.plugins()[0].reason, Catch::EndsWith("is empty"));
    REQUIRE(found.find("canary"));
    CHECK((*found.find("canary"))->origin == "system");
}

TEST_CASE("a name that only a broken plugin has is told with the reason") {
    const temp_folder folder;
    const auto own = install_canary(folder.path(), "c", "", canary_manifest());
    const auto found = scan(folder.path()).find("tweety");
    REQUIRE(!found);
    CHECK(found.error().kind == qry::status::plugin_error);
    CHECK(
        found.error().message ==
        "driver 'tweety' cannot be used: '" + (own / "libqry_canary.so").string() + "' is empty"
    );
}

TEST_CASE("a library without a manifest is listed, other files and folders are not") {
    const temp_folder folder;
    write_file(folder.path() / "lost" / "libqry_lost.so", canary_library());
    write_file(folder.path() / "libqry_stray.so", canary_library());
    write_file(folder.path() / "README", "hello");
    write_file(folder.path() / "docs" / "index.html", "hello");
    const catalog found = scan(folder.path());
    REQUIRE(found.plugins().size() == 2);
    CHECK(found.plugins()[0].about.name == "stray");
    CHECK(found.plugins()[1].about.name == "lost");
    CHECK(
        found.plugins()[1].reason == "'" + (folder.path() / "lost" / "libqry_lost.so").string() +
                                         "' has no qry-plugin.json beside it"
    );
}

TEST_CASE("links are followed, and a broken one is told") {
    const temp_folder folder;
    const auto own =
        install_canary(folder.path() / "real", "c", canary_library(), canary_manifest());
    fs::create_directories(folder.path() / "links");
    fs::create_symlink(own, folder.path() / "links" / "good");
    fs::create_symlink("loop", folder.path() / "links" / "loop");
    const catalog found = scan(folder.path() / "links");
    REQUIRE(found.plugins().size() == 2);
    CHECK(found.plugins()[0].usable());
    CHECK_THAT(found.plugins()[1].reason, Catch::Contains("cannot be followed"));

    fs::remove(own / "qry-plugin.json");
    fs::create_symlink("nowhere", own / "qry-plugin.json");
    CHECK_THAT(
        scan(folder.path() / "real").plugins().front().reason,
        Catch::Contains("cannot be opened: No such file")
    );
}

TEST_CASE("a folder whose name is no text does not spoil the listing") {
    const temp_folder folder;
    write_file(folder.path() / "\xff\xfe" / "qry-plugin.json", "{");
    const catalog found = scan(folder.path());
    CHECK(only(found).about.name == "\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(only(found).reason.find('\xff') == std::string::npos);
}

TEST_CASE("scanning does not hash; verifying does, and lists the file that was changed") {
    const temp_folder folder;
    install_canary(folder.path(), "c", canary_library(), canary_manifest(std::string(64, '0')));
    const catalog found = scan(folder.path());
    CHECK(only(found).usable());
    CHECK(only(found).trust == "hash");
    const catalog verified = found.verified();
    CHECK_THAT(
        only(verified).reason, Catch::EndsWith("the manifest states " + std::string(64, '0'))
    );
    CHECK_FALSE(verified.find("canary"));
}
