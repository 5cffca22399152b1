// Reads a JSON document strictly: a value of another type, a key nobody knows or a missing one is
// an error that names file, path and expectation. The first error is kept; reading goes on with
// empty values, so that callers need no branch for each step.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <qry/result.hpp>

#include <nlohmann/json_fwd.hpp>

namespace qry::registry {

// Where the first error goes.
class json_findings {
public:
    explicit json_findings(std::string file) : file_(std::move(file)) {}
    void add(const std::string& path, const std::string& what, std::string hint = {});
    [[nodiscard]] const std::optional<error>& first() const noexcept { return first_; }
    // Documents for a later minor may hold keys that are not known here.
    bool allow_unknown_keys = false;

private:
    std::string file_;
    std::optional<error> first_;
};

class json_node {
public:
    json_node(const nlohmann::ordered_json& value, std::string path, json_findings& findings)
        : value_(&value), path_(std::move(path)), findings_(&findings) {}

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    // An object with no other keys than these.
    void expect_object(std::initializer_list<std::string_view> known) const;
    // A required member of an object; missing = an error, and an empty object in its stead.
    [[nodiscard]] json_node member(std::string_view key) const;
    [[nodiscard]] std::optional<json_node> find(std::string_view key) const;

    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::int64_t integer() const;
    [[nodiscard]] bool boolean() const;
    // A string as it is, a number or boolean as JSON spells it.
    [[nodiscard]] std::string scalar() const;
    [[nodiscard]] std::vector<std::string> texts() const;
    // The members of an object or the elements of an array, in the document's order.
    void each_member(const std::function<void(const std::string&, const json_node&)>& visit) const;
    void each_element(const std::function<void(const json_node&)>& visit) const;

    // Members with a default.
    [[nodiscard]] std::string text_or(std::string_view key, std::string fallback) const;
    [[nodiscard]] bool boolean_or(std::string_view key, bool fallback) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view key) const;
    [[nodiscard]] std::vector<std::string> texts_or_none(std::string_view key) const;

    void fail(const std::string& what, std::string hint = {}) const {
        findings_->add(path_, what, std::move(hint));
    }

private:
    void wrong_type(const char* expected) const;

    const nlohmann::ordered_json* value_;
    std::string path_;
    json_findings* findings_;
};

// Calls read(root) on the parsed text. Not JSON, the same key twice, or a finding: the error.
[[nodiscard]] result<void> read_json(
    std::string_view text,
    const std::string& file,
    const std::function<void(const json_node&, json_findings&)>& read
);

}  // namespace qry::registry
