#include <catch2/catch.hpp>

#include <qry/registry/manifest.hpp>

using namespace qry::registry;

namespace {

// A server with a password, a token or nothing.
parameter_schema sample() {
    const char* text = R"({
        "name": "acme", "version": "1.0.0", "abi": {"major": 1, "minor": 0}, "model": "async",
        "libraries": {"linux-x86_64": {"file": "libqry_acme.so"}},
        "parameters": {
            "type": "object",
            "properties": {
                "host": {"type": "string", "description": "name or address of the server"},
                "port": {"type": "integer", "default": 5432, "minimum": 1, "maximum": 65535},
                "tls": {"type": "boolean", "default": true},
                "connect_timeout": {"type": "duration", "default": "10s"},
                "auth": {"type": "string", "enum": ["none", "password", "token"], "default": "none"}
            },
            "required": ["host"],
            "oneOf": [
                {"title": "Nobody", "properties": {"auth": {"const": "none"}}},
                {
                    "title": "Password",
                    "properties": {
                        "auth": {"const": "password"},
                        "user": {"type": "string"},
                        "password": {"type": "string", "secret": true}
                    },
                    "required": ["user", "password"]
                },
                {
                    "title": "Token",
                    "properties": {
                        "auth": {"const": "token"},
                        "token": {"type": "string", "secret": true}
                    },
                    "required": ["auth", "token"]
                }
            ]
        }
    })";
    auto made = parse_manifest(text, "acme.json");
    if (!made) FAIL(made.error().message);
    return made->parameters;
}

using params = std::map<std::string, std::string>;

// "parameter: message | hint", one a line.
std::string problems(const params& given, const std::set<std::string>& secrets = {}) {
    std::string out;
    for (const field_problem& p : validate(sample(), given, secrets).problems) {
        out += p.parameter + ": " + p.message + " | " + p.hint + "\n";
    }
    return out;
}

}  // namespace

TEST_CASE("valid parameters come back canonical, with defaults") {
    const auto out = validate(
        sample(),
        {{"host", "db"},
         {"tls", "off"},
         {"connect_timeout", "1m"},
         {"auth", "password"},
         {"user", "qry"}},
        {"password"}
    );
    CHECK(out.problems.empty());
    CHECK(
        out.values ==
        params{
            {"host", "db"},
            {"port", "5432"},
            {"tls", "false"},
            {"connect_timeout", "60"},
            {"auth", "password"},
            {"user", "qry"}}
    );
}

TEST_CASE("an unknown parameter is refused with the nearest known one") {
    CHECK(
        problems({{"host", "db"}, {"prot", "1"}}) ==
        "prot: there is no parameter 'prot' | did you mean 'port'?\n"
    );
    CHECK(
        problems({{"host", "db"}, {"warehouse", "x"}}) ==
        "warehouse: there is no parameter 'warehouse' | "
        "known are: auth, connect_timeout, host, port, tls\n"
    );
}

TEST_CASE("the value of an unknown parameter is not repeated: it may be a mistyped secret's") {
    const std::string text = problems({{"host", "db"}, {"passwort", "hunter2"}});
    CHECK_THAT(text, Catch::StartsWith("passwort: there is no parameter 'passwort'"));
    CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("a required parameter that is missing or empty is named with what it is for") {
    CHECK(
        problems({}) ==
        "host: parameter 'host' is missing; expected a string | name or address of the server\n"
    );
    CHECK(
        problems({{"host", ""}}) ==
        "host: parameter 'host' is empty; expected a string | name or address of the server\n"
    );
}

TEST_CASE("every wrong field is reported, in the order of the schema") {
    CHECK(
        problems({{"port", "99999"}, {"tls", "maybe"}, {"zzz", "1"}, {"connect_timeout", "5m"}}) ==
        "host: parameter 'host' is missing; expected a string | name or address of the server\n"
        "port: parameter 'port' is '99999'; expected an integer from 1 to 65535 | \n"
        "tls: parameter 'tls' is 'maybe'; expected true or false "
        "(yes, no, on, off, 1 and 0 serve as well) | \n"
        "zzz: there is no parameter 'zzz' | "
        "known are: auth, connect_timeout, host, port, tls\n"
    );
}

TEST_CASE("a secret given as a plain parameter is refused without its value") {
    CHECK(
        problems({{"host", "db"}, {"auth", "token"}, {"token", "hunter2"}}) ==
        "token: parameter 'token' is a secret; it was given as a plain parameter | "
        "give it as a secret, so that it is stored encrypted and never shown\n"
    );
}

TEST_CASE("a plain parameter given as a secret is refused") {
    CHECK(
        problems({}, {"host"}) ==
        "host: parameter 'host' is given as a secret; expected a plain parameter | "
        "give it among the parameters; only what is marked secret is stored encrypted\n"
    );
}

TEST_CASE("a missing secret is named") {
    CHECK(
        problems({{"host", "db"}, {"auth", "token"}}) ==
        "token: parameter 'token' is missing; expected a secret | \n"
    );
    CHECK(problems({{"host", "db"}, {"auth", "token"}}, {"token"}).empty());
}

TEST_CASE("an unknown secret is refused with the nearest known one") {
    CHECK(
        problems({{"host", "db"}, {"auth", "token"}}, {"token", "tokn"}) ==
        "tokn: there is no parameter 'tokn' | did you mean 'token'?\n"
    );
}

TEST_CASE("what belongs to another alternative does not apply") {
    CHECK(
        problems({{"host", "db"}, {"user", "qry"}}) ==
        "user: parameter 'user' does not apply when 'auth' is 'none' | "
        "remove it, or set 'auth' to 'password'\n"
    );
    CHECK(
        problems({{"host", "db"}}, {"password"}) ==
        "password: parameter 'password' does not apply when 'auth' is 'none' | "
        "remove it, or set 'auth' to 'password'\n"
    );
}

TEST_CASE("a wrong alternative is one problem, not one for each of its parameters") {
    CHECK(
        problems({{"host", "db"}, {"auth", "passwort"}, {"user", "qry"}}, {"password"}) ==
        "auth: parameter 'auth' is 'passwort'; expected one of none, password, token | "
        "did you mean 'password'?\n"
    );
}

TEST_CASE("find looks into the common part and every alternative") {
    const parameter_schema schema = sample();
    REQUIRE(find(schema, "port") != nullptr);
    CHECK(find(schema, "port")->default_value == "5432");
    REQUIRE(find(schema, "token") != nullptr);
    CHECK(find(schema, "token")->secret);
    CHECK(find(schema, "nothing") == nullptr);
}

TEST_CASE("a driver without parameters takes none") {
    const auto out = validate({}, {{"x", "1"}}, {});
    REQUIRE(out.problems.size() == 1);
    CHECK(out.problems.front().hint == "this driver has no parameters");
}
