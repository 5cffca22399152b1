// The texts of a small XML document: enough for the answers of AWS's query services.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <qry/secret.hpp>

namespace qry::auth {

struct xml_text {
    // Of the elements' names without prefixes: "ErrorResponse/Error/Code".
    std::string path;
    // Of an element that has no others inside; without blanks at its ends. May be a secret.
    secret text;
};

// Nothing for what is not well-formed enough, has a document type (with it, entities), more than 32
// levels or more than 1,000 elements. Attributes, comments and processing instructions are skipped.
[[nodiscard]] std::optional<std::vector<xml_text>> read_xml(std::string_view document);

// The first text whose path ends with `path`, at an element's start; empty when there is none.
[[nodiscard]] std::string_view find_xml(
    const std::vector<xml_text>& in, std::string_view path
) noexcept;

}  // namespace qry::auth
