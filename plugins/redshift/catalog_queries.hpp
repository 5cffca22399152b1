// The SQL of introspection: the system views that hold local, external and shared tables alike.
#pragma once

#include <string>

#include <qry/introspect.h>

#include "postgresql/catalog_queries.hpp"

namespace qry::redshift {

// See postgresql::dialect. Without `this_database_only` the databases of datashares are read too.
[[nodiscard]] std::string catalog_query(
    const qry_introspect_request& request, bool this_database_only
);
[[nodiscard]] postgresql::catalog_columns catalog_plan(std::int32_t part);

}  // namespace qry::redshift
