#include <catch2/catch.hpp>

#include <qry/registry/manifest.hpp>

using namespace qry::registry;

namespace {

qry::result<manifest> parse(const std::string& parameters) {
    return parse_manifest(
        R"({"name": "a", "version": "1.0.0", "abi": {"major": 1, "minor": 0}, "model": "async",
            "libraries": {"linux-x86_64": {"file": "liba.so"}}, "parameters": )" +
            parameters + "}",
        "a.json"
    );
}

parameter_schema good(const std::string& parameters) {
    auto made = parse(parameters);
    if (!made) FAIL(made.error().message);
    return made->parameters;
}

// What is said of a schema, without "'a.json': 'parameters.".
std::string bad(const std::string& parameters) {
    const auto made = parse(parameters);
    INFO(parameters);
    if (made) FAIL("accepted");
    const std::string prefix = "'a.json': 'parameters";
    REQUIRE_THAT(made.error().message, Catch::StartsWith(prefix));
    return made.error().message.substr(prefix.size());
}

// A schema of one property "p".
std::string property(const std::string& keys) {
    return R"({"type": "object", "properties": {"p": {)" + keys + "}}}";
}

// A schema with an enum "auth" and alternatives.
std::string variants(const std::string& enumeration, const std::string& one_of) {
    return R"({"properties": {"auth": {"type": "string", "enum": )" + enumeration +
           R"(}, "host": {"type": "string"}}, "oneOf": )" + one_of + "}";
}

}  // namespace

TEST_CASE("a property is read whole") {
    const auto schema = good(R"({"properties": {"p": {
        "type": "string", "title": "T", "description": "D", "default": "abc", "pattern": "[a-z]+",
        "pattern_error": "only letters", "multiline": true, "file": true, "group": "G",
        "order": 3}}, "required": ["p"]})");
    REQUIRE(schema.parameters.size() == 1);
    const parameter& p = schema.parameters.front();
    CHECK(p.name == "p");
    CHECK(p.title == "T");
    CHECK(p.description == "D");
    CHECK(p.type == parameter_type::string);
    CHECK(p.default_value == "abc");
    CHECK(p.pattern == "[a-z]+");
    CHECK(p.pattern_error == "only letters");
    CHECK(p.multiline);
    CHECK(p.file);
    CHECK(p.required);
    CHECK_FALSE(p.secret);
    CHECK(p.group == "G");
    CHECK(p.order == 3);
}

TEST_CASE("defaults may be written as JSON or as text, and become canonical") {
    const auto of = [](const std::string& keys) {
        return good(property(keys)).parameters.front().default_value.value();
    };
    CHECK(of(R"("type": "integer", "default": 5432)") == "5432");
    CHECK(of(R"("type": "integer", "default": "05432")") == "5432");
    CHECK(of(R"("type": "boolean", "default": true)") == "true");
    CHECK(of(R"("type": "boolean", "default": "off")") == "false");
    CHECK(of(R"("type": "number", "default": 0.5)") == "0.5");
    CHECK(of(R"("type": "duration", "default": 10)") == "10");
    CHECK(of(R"("type": "duration", "default": "2m")") == "120");
}

TEST_CASE("parameters keep the manifest's order where order does not say otherwise") {
    const auto schema = good(R"({"properties": {
        "zoo": {"type": "string"}, "late": {"type": "string", "order": 9},
        "ant": {"type": "string"}, "first": {"type": "string", "order": -1}}})");
    std::string names;
    for (const parameter& p : schema.parameters)
        names += p.name + " ";
    CHECK(names == "first zoo ant late ");
}

TEST_CASE("a schema that no value could satisfy is refused") {
    CHECK(
        bad(property(R"("type": "string", "pattern": "(")")) ==
        ".properties.p.pattern' is no RE2 expression: missing ): ("
    );
    CHECK(
        bad(property(R"("type": "integer", "minimum": 2, "maximum": 1)")) ==
        ".properties.p' has a minimum above its maximum"
    );
    CHECK(
        bad(property(R"("type": "integer", "default": "x")")) ==
        ".properties.p.default' is not valid: parameter 'p' is 'x'; expected an integer"
    );
    CHECK(
        bad(property(R"("type": "integer", "default": 9, "maximum": 8)")) ==
        ".properties.p.default' is not valid: parameter 'p' is '9'; expected an integer of at "
        "most 8"
    );
    CHECK(
        bad(property(R"("type": "string", "enum": ["a"], "default": "b")")) ==
        ".properties.p.default' is not valid: parameter 'p' is 'b'; expected one of a"
    );
    CHECK(
        bad(property(R"("type": "integer", "enum": [1, "x"])")) ==
        ".properties.p.enum[1]' is no value of type integer"
    );
    CHECK(
        bad(property(R"("type": "integer", "enum": [1, "01"])")) ==
        ".properties.p.enum[1]' repeats '1'"
    );
    CHECK(
        bad(property(R"("type": "string", "enum": [])")) ==
        ".properties.p.enum' is empty; expected at least one value"
    );
}

TEST_CASE("keys that do not go together are refused") {
    CHECK(
        bad(property(R"("type": "string", "secret": true, "default": "x")")) ==
        ".properties.p.default' stands at a secret; a secret has no default"
    );
    CHECK(
        bad(property(R"("type": "integer", "pattern": "a")")) ==
        ".properties.p.pattern' stands at a parameter of type integer"
    );
    CHECK(
        bad(property(R"("type": "string", "pattern_error": "a")")) ==
        ".properties.p' has a pattern_error but no pattern"
    );
    CHECK(
        bad(property(R"("type": "string", "minimum": 1)")) ==
        ".properties.p' has a range but is of type string"
    );
    CHECK(
        bad(property(R"("type": "boolean", "file": true)")) ==
        ".properties.p' is multiline or a file but of type boolean"
    );
}

TEST_CASE("types, names and keys are checked") {
    CHECK(
        bad(property(R"("type": "text")")) ==
        ".properties.p.type' is 'text'; expected one of string, integer, number, boolean, "
        "duration"
    );
    CHECK(bad(property("")) == ".properties.p.type' is missing");
    CHECK(
        bad(property(R"("type": "string", "format": "x")")) ==
        ".properties.p.format' is not a known key"
    );
    CHECK(
        bad(property(R"("type": "string", "secret": "yes")")) ==
        ".properties.p.secret' is a string; expected true or false"
    );
    CHECK(
        bad(property(R"("type": "integer", "maximum": 18446744073709551615)")) ==
        ".properties.p.maximum' is an integer; expected an integer"
    );
    CHECK_THAT(
        bad(R"({"properties": {"a b": {"type": "string"}}})"),
        Catch::Contains("' is no parameter name")
    );
    CHECK(bad(R"({"type": "array"})") == ".type' is 'array'; expected object");
    CHECK_THAT(bad(R"({"additionalProperties": true})"), Catch::Contains("allow-list"));
    CHECK(
        bad(R"({"properties": {"p": {"type": "string"}}, "required": ["q"]})") ==
        ".required[0]' names 'q', which is no property"
    );
}

TEST_CASE("alternatives are chosen by one enum whose values they cover") {
    const std::string one = R"({"properties": {"auth": {"const": "a"}}})";
    const std::string two = R"({"title": "B", "properties": {"auth": {"const": "b"},
        "token": {"type": "string", "secret": true}}, "required": ["auth", "token"]})";
    const auto schema = good(variants(R"(["a", "b"])", "[" + one + "," + two + "]"));
    CHECK(schema.discriminator == "auth");
    REQUIRE(schema.variants.size() == 2);
    CHECK(schema.variants[0].value == "a");
    CHECK(schema.variants[0].parameters.empty());
    CHECK(schema.variants[1].title == "B");
    REQUIRE(schema.variants[1].parameters.size() == 1);
    CHECK(schema.variants[1].parameters[0].name == "token");
    CHECK(schema.variants[1].parameters[0].required);

    CHECK(
        bad(variants(R"(["a", "b"])", "[" + one + "]")) ==
        ".oneOf' covers the values a but the enum of 'auth' is a, b"
    );
    CHECK(
        bad(variants(R"(["a"])", "[" + one + "," + one + "]")) == ".oneOf' has the value 'a' twice"
    );
    CHECK(bad(variants(R"(["a"])", "[]")) == ".oneOf' is empty; expected at least one alternative");
    CHECK(
        bad(variants(R"(["a"])", R"([{"properties": {"x": {"type": "string"}}}])")) ==
        ".oneOf[0]' has no property with a const; expected the discriminator"
    );
    CHECK(
        bad(variants(R"(["a"])", R"([{"properties": {"mode": {"const": "a"}}}])")) ==
        ".oneOf' chooses by 'mode', which is no common property"
    );
    CHECK(
        bad(variants(R"(["a"])", "[" + one + R"(, {"properties": {"x": {"const": "a"}}}])")) ==
        ".oneOf[1].properties.x' is a second discriminator; expected one for the whole oneOf"
    );
    CHECK(
        bad(variants(R"(["a"])", R"([{"properties": {"auth": {"const": "a", "x": 1}}}])")) ==
        ".oneOf[0].properties.auth.x' is not a known key"
    );
}

TEST_CASE("a parameter has one nature in all alternatives") {
    const auto two = [](const std::string& first, const std::string& second) {
        return variants(
            R"(["a", "b"])",
            R"([{"properties": {"auth": {"const": "a"}, )" + first +
                R"(}}, {"properties": {"auth": {"const": "b"}, )" + second + "}}]"
        );
    };
    const std::string plain = R"("id": {"type": "string"})";
    CHECK(good(two(plain, plain)).variants.size() == 2);
    CHECK(
        bad(two(plain, R"("id": {"type": "string", "secret": true})")) ==
        ".oneOf' gives 'id' twice, with another type or secrecy"
    );
    CHECK(
        bad(two(plain, R"("host": {"type": "string"})")) ==
        ".oneOf' gives 'host' again, which is a common property"
    );
}
