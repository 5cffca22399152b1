// What the server's messages say, as values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qry::postgresql {

using oid = std::uint32_t;

// One column of RowDescription.
struct column_description {
    std::string name;
    oid type = 0;
    std::int32_t type_modifier = -1;
    friend bool operator==(const column_description&, const column_description&) = default;
};

// ErrorResponse and NoticeResponse; a field not sent is empty.
struct server_message {
    std::string severity;
    std::string sqlstate;
    std::string message;
    std::string detail;
    std::string hint;
    std::string where;
    std::string schema;
    std::string table;
    std::string column;
    std::string data_type;
    std::string constraint;
    // In characters from 1; 0 = not given.
    std::int64_t position = 0;
    // The connection ends with it.
    [[nodiscard]] bool fatal() const noexcept { return severity == "FATAL" || severity == "PANIC"; }
};

// Nothing when the body is not what the protocol says.
[[nodiscard]] std::optional<std::vector<column_description>> read_row_description(
    std::span<const std::uint8_t> body
);
[[nodiscard]] std::optional<std::vector<oid>> read_parameter_description(
    std::span<const std::uint8_t> body
);
[[nodiscard]] std::optional<server_message> read_server_message(std::span<const std::uint8_t> body);

// "INSERT 0 5": the words before the numbers, and the last number.
struct command_tag {
    std::string name;
    std::int64_t rows = -1;
};
[[nodiscard]] std::optional<command_tag> read_command_tag(std::span<const std::uint8_t> body);

struct setting {
    std::string_view name;
    std::string_view value;
};
[[nodiscard]] std::optional<setting> read_parameter_status(std::span<const std::uint8_t> body);

// One field of a data row: NULL = no data pointer.
struct cell {
    const std::uint8_t* data = nullptr;
    std::uint32_t size = 0;
    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(data), size};
    }
};
// Fills one cell a column; false when the body is malformed or has another number of columns.
[[nodiscard]] bool read_data_row(std::span<const std::uint8_t> body, std::span<cell> out) noexcept;

}  // namespace qry::postgresql
