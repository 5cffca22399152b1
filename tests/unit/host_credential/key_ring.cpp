#include "credential/key_ring.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

using namespace qry::credential;
using qry::secret;
using qry::status;

namespace {

environment environment_of(std::map<std::string, std::string> variables) {
    return [variables = std::move(variables)](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    };
}

key_ring ring_of(std::map<std::string, std::string> variables) {
    return key_ring::from(std::nullopt, {}, environment_of(std::move(variables)));
}

std::string sealed_with(const std::string& key, std::string_view text) {
    auto token = key_ring::from(secret(key), {}, environment_of({})).seal(secret(text));
    REQUIRE(token.has_value());
    return *token;
}

qry::error refused(const key_ring& keys, const std::string& token) {
    auto opened = keys.open(token);
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().kind == status::credential_error);
    CHECK(opened.error().message == "Could not decrypt credentials.");
    CHECK(opened.error().from == qry::origin::host);
    return std::move(opened).error();
}

}  // namespace

TEST_CASE("a secret sealed with the key of the environment opens with the same key given") {
    const auto token = ring_of({{"JWT_SECRET_KEY", "0123456789abcdef"}}).seal(secret("hunter2"));
    REQUIRE(token.has_value());
    const key_ring given = key_ring::from(secret("0123456789abcdef"), {}, environment_of({}));
    const auto opened = given.open(*token);
    REQUIRE(opened.has_value());
    CHECK(opened->text.reveal() == "hunter2");
    CHECK(opened->key == 0);
}

TEST_CASE("a key that is given wins over the environment") {
    const std::string token = sealed_with("given", "x");
    const key_ring keys =
        key_ring::from(secret("given"), {}, environment_of({{"JWT_SECRET_KEY", "environment"}}));
    CHECK(keys.open(token).has_value());
}

TEST_CASE("previous keys open, newest first, and never seal") {
    const key_ring keys =
        ring_of({{"JWT_SECRET_KEY", "new"}, {"JWT_SECRET_KEY_PREVIOUS", "older\r\n\noldest\n"}});
    REQUIRE(keys.size() == 3);
    const auto older = keys.open(sealed_with("older", "a"));
    REQUIRE(older.has_value());
    CHECK(older->key == 1);
    const auto oldest = keys.open(sealed_with("oldest", "b"));
    REQUIRE(oldest.has_value());
    CHECK(oldest->key == 2);
    const auto token = keys.seal(secret("c"));
    REQUIRE(token.has_value());
    CHECK(key_ring::from(secret("new"), {}, environment_of({})).open(*token).has_value());
}

TEST_CASE("previous keys that are given replace those of the environment") {
    std::vector<secret> previous;
    previous.emplace_back("given before");
    const key_ring keys = key_ring::from(
        secret("now"), std::move(previous), environment_of({{"JWT_SECRET_KEY_PREVIOUS", "other"}})
    );
    CHECK(keys.size() == 2);
    CHECK(keys.open(sealed_with("given before", "x")).has_value());
    refused(keys, sealed_with("other", "x"));
}

TEST_CASE("a key named twice is tried once") {
    const key_ring keys =
        ring_of({{"JWT_SECRET_KEY", "same"}, {"JWT_SECRET_KEY_PREVIOUS", "same\nother\nother"}});
    CHECK(keys.size() == 2);
}

TEST_CASE("without a key nothing fails until a secret is sealed or opened") {
    const key_ring keys = ring_of({});
    CHECK_FALSE(keys.usable());
    const auto token = keys.seal(secret("hunter2"));
    REQUIRE_FALSE(token.has_value());
    CHECK(token.error().kind == status::credential_error);
    CHECK(token.error().message == "a secret cannot be sealed: JWT_SECRET_KEY is not set");
    CHECK(token.error().hint.find("set JWT_SECRET_KEY") == 0);
    const auto e = refused(keys, sealed_with("any", "x"));
    CHECK(e.hint.find("JWT_SECRET_KEY is not set") == 0);
}

TEST_CASE("SECRET_KEY alone is not used, and the error says so") {
    const key_ring keys = ring_of({{"SECRET_KEY", "not this one"}});
    CHECK_FALSE(keys.usable());
    const auto token = keys.seal(secret("hunter2"));
    REQUIRE_FALSE(token.has_value());
    CHECK(
        token.error().message ==
        "a secret cannot be sealed: JWT_SECRET_KEY is not set; SECRET_KEY is set, but it is not "
        "read: JWT_SECRET_KEY is"
    );
    const auto e = refused(keys, sealed_with("not this one", "x"));
    CHECK(e.hint.find("SECRET_KEY is set, but it is not read") != std::string::npos);
    CHECK(e.hint.find("not this one") == std::string::npos);
}

TEST_CASE("SECRET_KEY beside JWT_SECRET_KEY changes nothing") {
    const key_ring keys = ring_of({{"SECRET_KEY", "ignored"}, {"JWT_SECRET_KEY", "read"}});
    CHECK(keys.open(sealed_with("read", "x")).has_value());
    refused(keys, sealed_with("ignored", "x"));
}

TEST_CASE("an empty key is refused, from the environment and as an option") {
    const key_ring keys = GENERATE(0, 1) == 0 ? ring_of({{"JWT_SECRET_KEY", ""}})
                                              : key_ring::from(secret(""), {}, environment_of({}));
    CHECK_FALSE(keys.usable());
    const auto token = keys.seal(secret("x"));
    REQUIRE_FALSE(token.has_value());
    CHECK(token.error().message == "a secret cannot be sealed: JWT_SECRET_KEY is empty");
}

TEST_CASE("a token of another key answers the one text, with what to do") {
    const key_ring keys = ring_of({{"JWT_SECRET_KEY", "here"}});
    const auto e = refused(keys, sealed_with("elsewhere", "hunter2"));
    CHECK(e.hint.find("same JWT_SECRET_KEY on every cluster") != std::string::npos);
    CHECK(e.hint.find("re-enter the secret") != std::string::npos);
}

TEST_CASE("a damaged token and none at all answer the same as a wrong key") {
    const key_ring keys = ring_of({{"JWT_SECRET_KEY", "here"}});
    std::string token = sealed_with("here", "hunter2");
    token[40] = token[40] == 'A' ? 'B' : 'A';
    const auto damaged = refused(keys, token);
    const auto empty = refused(keys, "");
    const auto other = refused(keys, sealed_with("elsewhere", "hunter2"));
    CHECK(damaged.hint == other.hint);
    CHECK(empty.hint == other.hint);
}

TEST_CASE("a newline at the end of the key is found out when the secret opens without it") {
    const std::string ending = GENERATE(as<std::string>{}, "\n", "\r\n", " ", "\n\n");
    const key_ring keys = ring_of({{"JWT_SECRET_KEY", "the key" + ending}});
    const auto e = refused(keys, sealed_with("the key", "hunter2"));
    CHECK(
        e.hint ==
        "JWT_SECRET_KEY ends with a newline or other white space, and the secret opens "
        "without it: remove it"
    );
}

TEST_CASE("a key that lost its newline is found out as well") {
    const std::string ending = GENERATE(as<std::string>{}, "\n", "\r\n");
    const key_ring keys = ring_of({{"JWT_SECRET_KEY", "the key"}});
    const auto e = refused(keys, sealed_with("the key" + ending, "hunter2"));
    CHECK(
        e.hint.find("the secret was sealed with the text of JWT_SECRET_KEY followed by a newline"
        ) == 0
    );
}

TEST_CASE("a newline in a previous key names that key") {
    std::vector<secret> previous;
    previous.emplace_back("older\n");
    const key_ring keys = key_ring::from(secret("new"), std::move(previous), environment_of({}));
    const auto e = refused(keys, sealed_with("older", "x"));
    CHECK(e.hint.find("JWT_SECRET_KEY_PREVIOUS (previous 1) ends with a newline") == 0);
}

TEST_CASE("a key with a newline that fits works, with a warning for the operator") {
    const key_ring keys = ring_of({{"JWT_SECRET_KEY", "long enough a key\n"}});
    CHECK(keys.open(sealed_with("long enough a key\n", "x")).has_value());
    REQUIRE(keys.warnings().size() == 1);
    CHECK(
        keys.warnings().front() == "JWT_SECRET_KEY ends with white space, which is part of the key"
    );
}

TEST_CASE("a short key works, with a warning that does not show it") {
    const key_ring keys = ring_of({{"JWT_SECRET_KEY", "abc"}});
    CHECK(keys.usable());
    REQUIRE(keys.warnings().size() == 1);
    CHECK(
        keys.warnings().front() ==
        "JWT_SECRET_KEY has 3 bytes; use at least 16, from a random source"
    );
    CHECK(ring_of({{"JWT_SECRET_KEY", "0123456789abcdef"}}).warnings().empty());
}

TEST_CASE("two tokens of the same text differ") {
    const key_ring keys = ring_of({{"JWT_SECRET_KEY", "k"}});
    const auto one = keys.seal(secret("same"));
    const auto two = keys.seal(secret("same"));
    REQUIRE(one.has_value());
    REQUIRE(two.has_value());
    CHECK(*one != *two);
}

TEST_CASE("without random numbers nothing is sealed") {
    seal_inputs inputs;
    inputs.random_iv = [](fernet_iv&) { return false; };
    const key_ring keys = key_ring::from(secret("k"), {}, environment_of({}), std::move(inputs));
    const auto token = keys.seal(secret("x"));
    REQUIRE_FALSE(token.has_value());
    CHECK(token.error().kind == status::resource_limit);
}

TEST_CASE("time and initialisation vector come from the inputs") {
    seal_inputs inputs;
    inputs.unix_seconds = [] { return std::uint64_t{1'700'000'000}; };
    inputs.random_iv = [](fernet_iv& iv) {
        for (std::size_t i = 0; i < iv.size(); ++i)
            iv[i] = static_cast<std::uint8_t>(i);
        return true;
    };
    const key_ring keys =
        key_ring::from(secret("dev-secret"), {}, environment_of({}), std::move(inputs));
    const auto token = keys.seal(secret(R"({"password":"hunter2"})"));
    REQUIRE(token.has_value());
    CHECK(
        *token ==
        "gAAAAABlU_"
        "EAAAECAwQFBgcICQoLDA0ODy5IskH4Jayqskn3jeL6N2uY82JAJSW2HmQZVWRKss35cc3ZymffTYk73Jjw"
        "KWuja-Ga0R1zGwb6mECu6iS-nqM="
    );
}

TEST_CASE("keys are named by their age") {
    CHECK(key_ring::key_name(0) == "current");
    CHECK(key_ring::key_name(1) == "previous 1");
    CHECK(key_ring::key_name(2) == "previous 2");
}
