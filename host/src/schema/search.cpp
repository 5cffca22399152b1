#include <qry/schema.hpp>

#include "schema/data.hpp"
#include "schema/search_run.hpp"

namespace qry {

std::vector<schema_hit> schema_snapshot::search(std::string_view text, std::size_t limit) const {
    if (limit == 0) return {};
    return schema::search_run(*content_, text, limit).run();
}

}  // namespace qry
