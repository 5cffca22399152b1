// One text that differs whenever the catalog does, computed by the server.
#pragma once

#include <string>

namespace qry::postgresql {

// One row, one text of 17 to 32 hexadecimal digits; $1 is ignored.
[[nodiscard]] std::string catalog_digest_query();

}  // namespace qry::postgresql
