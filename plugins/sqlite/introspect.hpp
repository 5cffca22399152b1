// The catalog, one query for each part whatever the number of tables.
#pragma once

#include <memory>

#include <qry/introspect.h>
#include <qry/arrow.hpp>
#include <qry/kit/arrow/buffer.hpp>
#include <qry/result.hpp>

#include "database.hpp"
#include "row_source.hpp"

namespace qry::sqlite {

struct catalog_part {
    unique_schema schema;
    std::unique_ptr<row_source> rows;
};

[[nodiscard]] result<catalog_part> read_catalog(
    database& db, const qry_introspect_request& request, arrow::memory from
);

// Differs whenever the catalog does; see qry/ext/schema_digest.h.
[[nodiscard]] result<std::string> catalog_digest(database& db);

}  // namespace qry::sqlite
