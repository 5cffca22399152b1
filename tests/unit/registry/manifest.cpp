#include <catch2/catch.hpp>

#include <qry/registry/manifest.hpp>

#include <sys/stat.h>

#include "plugin_tree.hpp"

using namespace qry::registry;
using qry::test::replaced;

namespace {

const std::string whole = R"({
    "name": "acme",
    "aliases": ["acmedb"],
    "title": "Acme",
    "description": "The database of Acme.",
    "version": "2.10.3-rc.1+build7",
    "publisher": "Acme Ltd",
    "license": "Apache-2.0",
    "abi": {"major": 1, "minor": 0},
    "model": "async",
    "dialect": "postgresql",
    "capabilities": ["cancel", "bind"],
    "hosts": ["{host}", "*.acme.example"],
    "libraries": {
        "linux-x86_64": {
            "file": "libqry_acme.so",
            "sha256": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        },
        "linux-aarch64": {"file": "arm/libqry_acme.so"}
    },
    "parameters": {"type": "object", "properties": {"host": {"type": "string"}}}
})";

std::string message_of(const std::string& text) {
    const auto made = parse_manifest(text, "a.json");
    if (made) FAIL("accepted: " << text);
    CHECK(made.error().kind == qry::status::plugin_error);
    return made.error().message;
}

// The message for the manifest with one text replaced by another.
std::string with(const std::string& from, const std::string& to) {
    return message_of(replaced(whole, from, to));
}

}  // namespace

TEST_CASE("a manifest is read whole") {
    const auto made = parse_manifest(whole, "a.json");
    if (!made) FAIL(made.error().message);
    const manifest& m = *made;
    CHECK(m.name == "acme");
    CHECK(m.aliases == std::vector<std::string>{"acmedb"});
    CHECK(m.title == "Acme");
    CHECK(m.description == "The database of Acme.");
    CHECK(m.version == "2.10.3-rc.1+build7");
    CHECK(m.publisher == "Acme Ltd");
    CHECK(m.license == "Apache-2.0");
    CHECK(m.abi_major == 1);
    CHECK(m.abi_minor == 0);
    CHECK(m.model == "async");
    CHECK(m.dialect == "postgresql");
    CHECK(m.capabilities == std::vector<std::string>{"cancel", "bind"});
    CHECK(m.hosts == std::vector<std::string>{"{host}", "*.acme.example"});
    REQUIRE(m.libraries.size() == 2);
    CHECK(m.libraries.at("linux-x86_64").file == "libqry_acme.so");
    CHECK(m.libraries.at("linux-x86_64").sha256.substr(0, 6) == "012345");
    CHECK(m.libraries.at("linux-aarch64").sha256.empty());
    REQUIRE(m.parameters.parameters.size() == 1);
    CHECK(m.parameters.parameters.front().name == "host");
}

TEST_CASE("a manifest needs only who it is and what to load") {
    const auto made = parse_manifest(
        R"({"name": "a", "version": "1.0.0", "abi": {"major": 1, "minor": 0}, "model": "blocking",
            "libraries": {"linux-x86_64": {"file": "liba.so"}}})",
        "a.json"
    );
    if (!made) FAIL(made.error().message);
    CHECK(made->title == "a");
    CHECK(made->dialect == "a");
    CHECK(made->parameters.parameters.empty());
}

TEST_CASE("an unknown key is refused with the nearest known one") {
    const auto made = parse_manifest(replaced(whole, "\"title\"", "\"titel\""), "a.json");
    REQUIRE(!made);
    CHECK(made.error().message == "'a.json': 'titel' is not a known key");
    CHECK(made.error().hint == "did you mean 'title'?");
    CHECK(
        with("\"file\": \"libqry_acme.so\"", "\"path\": \"x\"") ==
        "'a.json': 'libraries.linux-x86_64.path' is not a known key"
    );
}

TEST_CASE("a wrong type is named with file, path, what was found and what is expected") {
    CHECK(with("\"acme\"", "7") == "'a.json': 'name' is an integer; expected a string");
    CHECK(
        with("[\"acmedb\"]", "\"acmedb\"") == "'a.json': 'aliases' is a string; expected an array"
    );
    CHECK(
        with("\"major\": 1", "\"major\": \"1\"") ==
        "'a.json': 'abi.major' is a string; expected an integer"
    );
    CHECK(
        with("\"major\": 1", "\"major\": 1.5") ==
        "'a.json': 'abi.major' is a number; expected an integer"
    );
    CHECK(
        with("{\"major\": 1, \"minor\": 0}", "\"1.0\"") ==
        "'a.json': 'abi' is a string; expected an object"
    );
    CHECK(with("\"cancel\"", "null") == "'a.json': 'capabilities[0]' is null; expected a string");
    CHECK(message_of("[]") == "'a.json': the document is an array; expected an object");
    CHECK(message_of("null") == "'a.json': the document is null; expected an object");
}

TEST_CASE("a missing key is named") {
    CHECK(with("\"name\": \"acme\",", "") == "'a.json': 'name' is missing");
    CHECK(with("\"version\": \"2.10.3-rc.1+build7\",", "") == "'a.json': 'version' is missing");
    CHECK(with("\"model\": \"async\",", "") == "'a.json': 'model' is missing");
    CHECK(with(", \"minor\": 0", "") == "'a.json': 'abi.minor' is missing");
    CHECK(
        with("\"file\": \"libqry_acme.so\",", "") ==
        "'a.json': 'libraries.linux-x86_64.file' is missing"
    );
    CHECK(message_of("{}") == "'a.json': 'abi' is missing");
}

TEST_CASE("names and versions have one spelling") {
    CHECK(
        with("\"acme\"", "\"Acme\"") ==
        "'a.json': 'name' is 'Acme'; expected [a-z][a-z0-9_]* of at most 32 characters"
    );
    CHECK_THAT(with("\"acme\"", "\"" + std::string(33, 'a') + "\""), Catch::Contains("'name' is"));
    CHECK_THAT(with("\"acme\"", "\"\""), Catch::Contains("'name' is ''"));
    CHECK_THAT(with("\"acme\"", "\"../x\""), Catch::Contains("'name' is '../x'"));
    CHECK_THAT(with("\"acmedb\"", "\"a-b\""), Catch::Contains("'aliases[0]' is 'a-b'"));
    for (const char* version : {"", "1", "1.2", "v1.2.3", "1.2.3 ", "1..3", "1.2.3_4", "1.2.x"}) {
        CHECK(
            with("2.10.3-rc.1+build7", version) == std::string("'a.json': 'version' is '") +
                                                       version +
                                                       "'; expected a semantic version like 1.2.3"
        );
    }
}

TEST_CASE("a library lies below the manifest's folder") {
    for (const char* file : {"", "/etc/passwd", "../x.so", "a/../../x.so", "lib/", ".."}) {
        CHECK(
            with("\"libqry_acme.so\"", std::string("\"") + file + "\"") ==
            std::string("'a.json': 'libraries.linux-x86_64.file' is '") + file +
                "'; expected a file below the manifest's folder"
        );
    }
    CHECK_THAT(with("\"libqry_acme.so\"", "\"a\\u0000b\""), Catch::Contains("below the manifest"));
}

TEST_CASE("a digest is 64 lower-case hexadecimal digits or nothing") {
    const std::string digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    for (const std::string& wrong :
         {digest.substr(1), digest + "0", "A" + digest.substr(1), "g" + digest.substr(1)}) {
        CHECK(
            with(digest, wrong) ==
            "'a.json': 'libraries.linux-x86_64.sha256' is no SHA-256; "
            "expected 64 lower-case hexadecimal digits"
        );
    }
    CHECK(parse_manifest(replaced(whole, digest, ""), "a.json").has_value());
}

TEST_CASE("words from a closed list are checked") {
    CHECK(
        with("\"async\"", "\"asynch\"") ==
        "'a.json': 'model' is 'asynch'; expected one of blocking, async"
    );
    CHECK_THAT(
        with("\"cancel\"", "\"cancle\""),
        Catch::StartsWith("'a.json': 'capabilities[0]' is 'cancle'; expected one of cancel")
    );
    CHECK_THAT(with("linux-aarch64", "linux"), Catch::Contains("'libraries.linux' is no platform"));
}

TEST_CASE("hosts speak of parameters that exist") {
    CHECK(
        with("{host}", "{server}") ==
        "'a.json': 'hosts[0]' speaks of {server}, which is no parameter"
    );
    CHECK_THAT(with("{host}", "{host"), Catch::Contains("'hosts[0]' is '{host'"));
    CHECK_THAT(with("{host}", ""), Catch::Contains("'hosts[0]' is ''"));
}

TEST_CASE("text that is not JSON is told with its place") {
    CHECK(message_of("") == "'a.json' is not valid JSON at line 1, column 1");
    CHECK(message_of("{\n  \"name\": }") == "'a.json' is not valid JSON at line 2, column 11");
    CHECK_THAT(message_of("{\"a\": \"\xff\"}"), Catch::Contains("not valid JSON"));
    CHECK_THAT(message_of("{} {}"), Catch::Contains("not valid JSON"));
    CHECK_THAT(message_of("{\"a\": 1e999}"), Catch::Contains("'a.json'"));
}

TEST_CASE("a key that stands twice is refused") {
    CHECK(
        with("\"title\": \"Acme\"", "\"title\": \"Acme\", \"title\": \"Other\"") ==
        "'a.json' has the key 'title' twice in one object"
    );
}

TEST_CASE("a manifest nested a hundred thousand deep is an error, not a crash") {
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    CHECK(message_of(deep) == "'a.json': the document is an array; expected an object");
    CHECK_THAT(
        message_of(replaced(whole, "{\"type\": \"string\"}", deep)),
        Catch::Contains("'parameters.properties.host'")
    );
    message_of(std::string(100'000, '['));
}

TEST_CASE("a manifest of a later minor may hold what this host does not know") {
    const std::string later = replaced(
        replaced(replaced(whole, "\"minor\": 0", "\"minor\": 9"), "\"cancel\"", "\"teleport\""),
        "\"title\"",
        "\"motto\": \"new\", \"title\""
    );
    const auto made = parse_manifest(later, "a.json");
    if (!made) FAIL(made.error().message);
    CHECK(made->abi_minor == 9);
    CHECK(made->capabilities.front() == "teleport");
}

TEST_CASE("a manifest of another major is read as far as its identity") {
    const auto made = parse_manifest(
        R"({"abi": {"major": 2, "minor": 1}, "name": "acme", "version": "3.0.0", "new": []})",
        "a.json"
    );
    if (!made) FAIL(made.error().message);
    CHECK(made->abi_major == 2);
    CHECK(made->name == "acme");
    CHECK(made->libraries.empty());
}

TEST_CASE("a manifest that is no regular file is refused without waiting for it") {
    const qry::test::temp_folder folder;
    const auto reason = [&](const char* name) {
        const auto made = read_manifest(folder.path() / name);
        REQUIRE(!made);
        return made.error().message;
    };
    CHECK_THAT(reason("none.json"), Catch::Contains("cannot be opened: No such file"));
    std::filesystem::create_directory(folder.path() / "dir.json");
    CHECK_THAT(reason("dir.json"), Catch::Contains("is a directory; expected a regular file"));
    REQUIRE(::mkfifo((folder.path() / "fifo.json").c_str(), 0600) == 0);
    CHECK_THAT(reason("fifo.json"), Catch::Contains("is a FIFO; expected a regular file"));
    std::filesystem::create_symlink("/dev/zero", folder.path() / "zero.json");
    CHECK_THAT(reason("zero.json"), Catch::Contains("is a device or socket"));
    qry::test::write_file(folder.path() / "long.json", std::string(300'000, ' '));
    CHECK_THAT(reason("long.json"), Catch::Contains("is longer than the 262144 bytes allowed"));
}
