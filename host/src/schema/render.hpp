// One table as a language model reads it.
#pragma once

#include <cstdint>
#include <string>

#include <qry/schema.hpp>

namespace qry::schema {

enum class detail {
    // Names, types, keys.
    brief,
    // Comments and the estimated number of rows as well.
    full,
};

// "TABLE public.orders (\n  id bigint PRIMARY KEY,\n …);\n"; appended to `out`.
void render(const schema_snapshot& of, std::uint32_t table, detail how, std::string& out);

}  // namespace qry::schema
