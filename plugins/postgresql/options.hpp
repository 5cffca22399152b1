// The parameters of a datasource, as libpq wants them and as this driver uses them itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <qry/call.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>

namespace qry::postgresql {

// How numerics without a declared precision arrive: sum(x), avg(x), a column of type "numeric".
struct numeric_mode {
    enum class kind { text, decimal, floating };
    kind how = kind::text;
    // Of decimal.
    int precision = 0;
    int scale = 0;
    friend bool operator==(const numeric_mode&, const numeric_mode&) = default;
};
// "text", "double" or "decimal(p,s)" with 1 <= p <= 76, 0 <= s <= p.
[[nodiscard]] result<numeric_mode> read_numeric_mode(std::string_view text);

// What becomes of an infinite date or timestamp, which Arrow does not have.
enum class infinity_mode { error, null };
[[nodiscard]] result<infinity_mode> read_infinity_mode(std::string_view text);

// How values are decoded: the datasource says, and a query may say otherwise.
struct decode_options {
    numeric_mode numeric;
    infinity_mode infinity = infinity_mode::error;
    friend bool operator==(const decode_options&, const decode_options&) = default;
};
// `defaults` with what the options of a query change; an unknown option is refused in the name of
// `driver`.
[[nodiscard]] result<decode_options> read_query_options(
    const parameters& options, decode_options defaults, std::string_view driver
);

struct connect_options {
    // Lists, as the user gave them.
    std::string hosts;
    std::string addresses;
    std::string ports = "5432";
    // Looked up by libpq, in its service file; hosts may then be empty.
    std::string service;
    std::string sslmode = "prefer";
    std::string target = "any";
    std::chrono::nanoseconds connect_timeout{};
    std::size_t statement_cache = 0;
    decode_options decode;
    // Everything else that goes to libpq as it is.
    std::vector<std::pair<std::string, std::string>> plain;
    secret password;
    secret key_password;
};

// From the parameters and secrets of a connect or test call.
[[nodiscard]] result<connect_options> read_connect_options(const parameters& params, call of);

}  // namespace qry::postgresql
