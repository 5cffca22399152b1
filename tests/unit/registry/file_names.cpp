#include <qry/registry/file_names.hpp>

#include <catch2/catch.hpp>

#include <filesystem>

using namespace qry::registry;

namespace {

parameter_schema with_files() {
    parameter path;
    path.name = "path";
    path.file = true;
    parameter key = path;
    key.name = "sslkey";
    parameter mode;
    mode.name = "mode";
    parameter kind;
    kind.name = "kind";
    return {{path, mode, kind}, "kind", {{"tls", "TLS", {key}}}};
}

}  // namespace

TEST_CASE("a relative file becomes absolute from the working directory, in every variant") {
    const std::string here = std::filesystem::current_path().string();
    std::map<std::string, std::string> params{
        {"path", "./data/../shop.db"}, {"sslkey", "key.pem"}, {"mode", "ro"}, {"other", "x"}};
    REQUIRE(relative_file(with_files(), params) != nullptr);
    make_absolute(with_files(), params);
    CHECK(params["path"] == here + "/shop.db");
    CHECK(params["sslkey"] == here + "/key.pem");
    CHECK(params["mode"] == "ro");
    CHECK(params["other"] == "x");
    CHECK(relative_file(with_files(), params) == nullptr);
}

TEST_CASE("what is absolute, no file or nothing stays as it was written") {
    const std::string value =
        GENERATE(as<std::string>{}, "/data//shop.db", ":memory:", "file:shop.db?mode=ro", "");
    std::map<std::string, std::string> params{{"path", value}};
    CHECK(relative_file(with_files(), params) == nullptr);
    make_absolute(with_files(), params);
    CHECK(params["path"] == value);
}
