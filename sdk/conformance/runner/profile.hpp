// What the runner needs to know of a database to test its driver: where it is, and SQL that it
// understands.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "qry/conformance/session.hpp"

namespace qry::conformance {

// A query of one row and one column, and what must come back.
struct typed_query {
    std::string sql;
    // As pyarrow prints it; empty = any.
    std::string arrow;
    // As qry::arrow::format_cell prints it; none = null.
    std::optional<std::string> value;
};

// One argument, bound as $1 and given back by the statement.
struct echo_query {
    std::string sql;
    // "int64", "double", "string" or "bool".
    std::string type;
    std::optional<std::string> value;
};

// Empty texts and lists: the tests that need them are skipped.
struct queries {
    typed_query one;
    std::string slow;
    std::string many;
    std::string error;
    // A statement without a result set that changes nothing.
    std::string no_result;
    std::vector<typed_query> types;
    std::vector<echo_query> echo;
};

struct profile {
    datasource where;
    // Parameters laid over those of `where` that lead to no server or file.
    std::map<std::string, std::string> unreachable;
    // Names of the host and port parameter, where there is one: the runner then listens itself and
    // says nothing.
    std::string host_parameter;
    std::string port_parameter;
    queries sql;
};

// Reads FILE; what it does not say comes from the dialect's built-in queries.
[[nodiscard]] result<profile> read_profile(const std::string& file, const std::string& dialect);
// False fills in nothing: the dialect is unknown here.
bool built_in(const std::string& dialect, profile& out);

}  // namespace qry::conformance
