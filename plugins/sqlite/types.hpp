// What a declared type means: SQLite keeps the text of the declaration and lets every cell hold
// anything; this is the table in README.md.
#pragma once

#include <string>
#include <string_view>

#include <qry/kit/arrow/type.hpp>

namespace qry::sqlite {

// How the cells of a column are read.
enum class reading {
    integer,
    boolean,
    real,
    decimal128,
    decimal256,
    // Exact decimal text: DECIMAL without precision.
    decimal_text,
    text,
    uuid,
    binary,
    date,
    time,
    timestamp,
    // No declared type, or one that is not known: the values of the first batch decide.
    by_value,
};

struct column_plan {
    std::string name;
    // As it stands in CREATE TABLE; empty = none.
    std::string declared;
    reading how = reading::by_value;
    // Of a by_value column: what has been decided so far, null at first.
    arrow::data_type type;
    // QRY_META_LOGICAL, or empty.
    std::string logical;

    [[nodiscard]] arrow::field as_field() const;
};

[[nodiscard]] column_plan plan_column(std::string name, std::string_view declared);

}  // namespace qry::sqlite
