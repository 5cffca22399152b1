// What Redshift does in another way than PostgreSQL.
#pragma once

#include <memory>

#include "postgresql/dialect.hpp"

namespace qry::redshift {

// See connect_options for both.
struct dialect_options {
    bool this_database_only = true;
    bool numeric_to_float = false;
};

[[nodiscard]] std::shared_ptr<const postgresql::dialect> make_dialect(dialect_options how);

}  // namespace qry::redshift
