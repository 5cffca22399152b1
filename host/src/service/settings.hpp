// What a datasource may be: the checks that stand between a request and the registry.
#pragma once

#include <map>
#include <set>
#include <string>

#include <qry/host.hpp>
#include <qry/registry/catalog.hpp>

#include "session/runtime.hpp"
#include "store/rows.hpp"

namespace qry::service {

// Checks names, sizes, limits and, against the driver's schema, parameters and secrets. Gives the
// parameters in canonical form with defaults. The first sentence is about the first wrong field;
// all wrong fields are in the message.
[[nodiscard]] result<std::map<std::string, std::string>> check_settings(
    const registry::catalog& plugins,
    const store::datasource_row& row,
    const std::set<std::string>& secrets
);

// Whose calls a host serves: of programs with this process's working directory, or of others.
enum class callers { here, elsewhere };
// Makes relative names of files absolute, or refuses them where nobody knows what they are relative
// to. A driver that is not there is left to check_settings.
[[nodiscard]] result<void> settle_files(
    const registry::catalog& plugins,
    const std::string& driver,
    std::map<std::string, std::string>& params,
    callers whose
);

// The row that a new datasource becomes; not checked.
[[nodiscard]] store::datasource_row to_row(
    const datasource_spec& spec, const std::string& isolation
);
// Puts what is set in `change` (but secrets) into the row.
void apply(const datasource_change& change, store::datasource_row& row);
[[nodiscard]] datasource_info to_info(const store::datasource_row& row);

// What a session is made from.
[[nodiscard]] session::target_ptr to_target(
    const store::datasource_row& row,
    std::map<std::string, std::string> params,
    std::map<std::string, secret> secrets
);

// Identifies driver and parameters, and so the place a schema was read from; never a secret.
[[nodiscard]] std::string config_hash(const store::datasource_row& row);

}  // namespace qry::service
