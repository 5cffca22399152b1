// A snapshot in the making: records in order of arrival, and the block that is made of them.
#pragma once

#include <cstdint>
#include <vector>

#include "schema/builder.hpp"
#include "schema/layout.hpp"
#include "schema/text_pool.hpp"

namespace qry::schema {

struct staging {
    text_pool texts;
    std::vector<table_record> tables;
    std::vector<column_record> columns;
    std::vector<shape_record> shapes;
    // Which of `tables` each column, and each key, belongs to.
    std::vector<std::uint32_t> column_table;
    std::vector<key_record> keys;
    std::vector<std::uint32_t> key_table;
    std::vector<text_id> key_columns;
};

// Sorts everything into one block. Fails only when the block would be too large.
[[nodiscard]] result<schema_ptr> assemble(staging from, const stamp& with);

}  // namespace qry::schema
