// What servers that speak PostgreSQL's protocol do each in their own way.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <qry/introspect.h>

#include "catalog_queries.hpp"
#include "decode.hpp"
#include "plan.hpp"

namespace qry::postgresql {

// Immutable; shared by the sessions of a datasource.
class dialect {
public:
    dialect() = default;
    dialect(const dialect&) = delete;
    dialect& operator=(const dialect&) = delete;
    virtual ~dialect() = default;

    // Of the driver, for messages.
    [[nodiscard]] virtual std::string_view driver() const noexcept = 0;

    // Types that are not built in can be looked up: type_catalog::lookup_sql().
    [[nodiscard]] virtual bool describes_types() const noexcept = 0;
    [[nodiscard]] virtual value_plan plan(
        const type_catalog& types, oid which, std::int32_t modifier, const decode_options& how
    ) const = 0;

    // Takes away what a user may have left in a session that is in no transaction.
    [[nodiscard]] virtual std::string reset_sql(bool prepared) const = 0;
    // A statement with this tag leaves what reset_sql() cannot take away: the session must go.
    [[nodiscard]] virtual bool stains(std::string_view tag) const noexcept = 0;

    // Begins the snapshot that all parts of a schema are read from; empty = each is a statement by
    // itself.
    [[nodiscard]] virtual std::string_view catalog_begin() const noexcept = 0;
    // Two arguments: the schema and the catalog to keep to, NULL = all but the system's. Empty for
    // a part that does not exist.
    [[nodiscard]] virtual std::string catalog_query(const qry_introspect_request& request
    ) const = 0;
    [[nodiscard]] virtual catalog_columns catalog_plan(std::int32_t part) const = 0;
    // For the column of catalog_plan() that is the name of an Arrow type.
    [[nodiscard]] virtual std::unique_ptr<decoder> make_arrow_name_decoder(
        arrow::column_builder& column,
        decode_problem& problem,
        const type_catalog& types,
        const decode_options& how
    ) const = 0;
};

// PostgreSQL's own.
[[nodiscard]] std::shared_ptr<const dialect> make_postgresql_dialect();

}  // namespace qry::postgresql
