// The connection parameters of a driver: their schema, as the manifest states it, and the
// validator that the host, the command line and an admin form share.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <qry/export.h>

namespace qry::registry {

enum class parameter_type { string, integer, number, boolean, duration };
// As the manifest writes it: "string", "integer", …
[[nodiscard]] QRY_EXPORT const char* type_name(parameter_type type) noexcept;

struct parameter {
    // The vendor's own name.
    std::string name;
    std::string title;
    std::string description;
    parameter_type type = parameter_type::string;
    // As text, already valid.
    std::optional<std::string> default_value;
    bool required = false;
    // Stored encrypted, never shown, never among the plain parameters.
    bool secret = false;
    // A form gives it several lines (a PEM block, a JSON key).
    bool multiline = false;
    // The value is the path of a file on the host.
    bool file = false;
    std::vector<std::string> enumeration;
    // RE2, anchored at both ends; empty = any.
    std::string pattern;
    // What a value that does not match is told; a sentence.
    std::string pattern_error;
    std::optional<std::int64_t> minimum;
    std::optional<std::int64_t> maximum;
    std::string group;
    int order = 0;
};

// One alternative of a oneOf: applies when the discriminator has this value.
struct parameter_variant {
    std::string value;
    std::string title;
    std::vector<parameter> parameters;
};

struct parameter_schema {
    std::vector<parameter> parameters;
    // Name of the discriminator (an enum parameter among `parameters`); empty = no variants.
    std::string discriminator;
    std::vector<parameter_variant> variants;
};

// One wrong field and a sentence about it: which, what it was, what is expected. The value of a
// secret is never quoted.
struct field_problem {
    std::string parameter;
    std::string message;
    std::string hint;
};

struct validated {
    // Given values in canonical form (booleans "true"/"false", durations in seconds) and defaults.
    std::map<std::string, std::string> values;
    // All problems, in order of the schema; values are meaningful only when empty.
    std::vector<field_problem> problems;
};

// params: plain parameters as text; secrets: the names that have a secret stored or given.
[[nodiscard]] validated validate(
    const parameter_schema& schema,
    const std::map<std::string, std::string>& params,
    const std::set<std::string>& secrets
);

// The parameter of that name, in the common part or in any variant; NULL when there is none.
[[nodiscard]] const parameter* find(const parameter_schema& schema, const std::string& name);

}  // namespace qry::registry
