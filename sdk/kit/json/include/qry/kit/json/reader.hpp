// JSON pages into columns: a plan says once what each column is, then whole pages of rows go
// straight into Arrow builders. simdjson finds the tokens; no number ever passes through a double
// unless the column is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/type.hpp>
#include <qry/result.hpp>

namespace qry::json {

// What simdjson may read behind the end of a text.
inline constexpr std::size_t padding = 64;

// A cell's text form, beyond what its Arrow type says already.
enum class form : std::uint8_t {
    // Booleans, numbers and strings as JSON has them; numbers and booleans may also stand in
    // strings
    // ("12", "true"), and floats be "NaN", "Infinity", "-Infinity", "nan", "inf", "-inf". Decimals
    // are exact texts or raw number tokens. Text is a JSON string. Dates "2024-02-29", times
    // "12:34:56.123456789", wall-clock timestamps with
    // ' ' or 'T' between; a timestamp with a zone takes "Z", "+05:30" or "UTC" behind it.
    plain,
    // binary columns
    base64,
    hex,
    // The raw JSON text of the value, as utf8: objects and arrays of no known shape.
    raw,
    // Handed to `convert`.
    custom,
};

struct column;
// Appends one value (never null) to `to`. `text` is the unescaped string, or the raw token of a
// number or literal. False = not a value of this type; the reader makes the error, with column, row
// and a cut of the value.
using convert_fn = bool (*)(std::string_view text, const column& of, arrow::column_builder& to);

struct column {
    std::string name;
    arrow::data_type type;
    form as = form::plain;
    convert_fn convert = nullptr;
    // For convert's use: a precision, a handle.
    std::int64_t detail = 0;
    // Of a list: one; a map: key and value; a struct: its fields. Same order as the type's.
    std::vector<column> children{};
};

// How a row, or a struct's value, is written.
enum class row_shape : std::uint8_t {
    // [v, v, …]
    array,
    // {"name": v, …}: keys in any order, a missing one is null, unknown ones are skipped, one that
    // comes twice is an error.
    object,
};

struct limits {
    std::size_t bytes = std::size_t{256} << 20;
    int depth = 64;
};

class document;

// Reads the rows of pages. Not thread-safe; reuse it: its buffers stay.
class row_reader {
public:
    row_reader(std::vector<column> columns, row_shape rows, row_shape structs, limits bounds = {});
    ~row_reader();

    // `page` is one JSON array of rows, and must have `padding` readable bytes behind it (their
    // content does not matter). Keeps it as a borrowed view until all rows were taken or another
    // page begins.
    [[nodiscard]] result<void> begin(std::string_view page);
    // The same for the member of `in` whose value begins at `token` (member::token). `in` is kept
    // borrowed as long as a page would be, and must not read another text meanwhile.
    [[nodiscard]] result<void> begin(document& in, std::uint32_t token);
    // Appends rows until the batch is full or the page is read; true = there are more. An error
    // names row (from 1, within the page), column, what was found and what was expected; the batch
    // must be dropped then.
    [[nodiscard]] result<bool> take(arrow::batch_builder& into);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace qry::json
