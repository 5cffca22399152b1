#include "credential/key_check.hpp"

#include <catch2/catch.hpp>

using namespace qry::credential;
using qry::secret;
using qry::status;

namespace {

const char* nothing(const char*) {
    return nullptr;
}

key_ring ring_of(std::string_view current, std::string_view previous = {}) {
    std::vector<secret> older;
    if (!previous.empty()) older.emplace_back(previous);
    return key_ring::from(secret(current), std::move(older), nothing);
}

std::string check_of(std::string_view key) {
    auto token = make_key_check(ring_of(key));
    REQUIRE(token.has_value());
    return *token;
}

}  // namespace

TEST_CASE("the key check of a key opens with that key") {
    const auto index = verify_key_check(ring_of("k"), check_of("k"));
    REQUIRE(index.has_value());
    CHECK(*index == 0);
}

TEST_CASE("after a change of keys the check tells which previous key opens it") {
    const auto index = verify_key_check(ring_of("new", "old"), check_of("old"));
    REQUIRE(index.has_value());
    CHECK(*index == 1);
}

TEST_CASE("a changed key is one clear error") {
    const auto index = verify_key_check(ring_of("new"), check_of("old"));
    REQUIRE_FALSE(index.has_value());
    CHECK(index.error().kind == status::credential_error);
    CHECK(index.error().message == "Could not decrypt credentials.");
    CHECK(index.error().hint.find("JWT_SECRET_KEY has changed") == 0);
    CHECK(index.error().hint.find("Nothing was changed") != std::string::npos);
}

TEST_CASE("a key that gained a newline is told apart from another key") {
    const auto index = verify_key_check(ring_of("k\n"), check_of("k"));
    REQUIRE_FALSE(index.has_value());
    CHECK(index.error().hint.find("JWT_SECRET_KEY ends with a newline") != std::string::npos);
}

TEST_CASE("no key at all is not called a changed one") {
    const auto index = verify_key_check(key_ring::from(std::nullopt, {}, nothing), check_of("k"));
    REQUIRE_FALSE(index.has_value());
    CHECK(index.error().hint.find("JWT_SECRET_KEY is not set") == 0);
}

TEST_CASE("without a key there is no key check to store") {
    const auto token = make_key_check(key_ring::from(std::nullopt, {}, nothing));
    REQUIRE_FALSE(token.has_value());
    CHECK(token.error().kind == status::credential_error);
}

TEST_CASE("a secret in the place of the key check is not taken for one") {
    const key_ring keys = ring_of("k");
    const auto token = keys.seal(secret("hunter2"));
    REQUIRE(token.has_value());
    const auto index = verify_key_check(keys, *token);
    REQUIRE_FALSE(index.has_value());
    CHECK(index.error().kind == status::credential_error);
    CHECK(index.error().hint.find("hunter2") == std::string::npos);
}
