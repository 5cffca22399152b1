// What connect, test and execute borrow from this host while they run.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <qry/driver.h>

#include "verb_runner.hpp"

namespace qry::conformance {

// Borrows the strings.
[[nodiscard]] std::vector<qry_param> as_params(const std::map<std::string, std::string>& from);

// Everything that connect and test borrow.
struct connect_loan {
    std::shared_ptr<const datasource> where;
    std::vector<qry_param> params;
    qry_connect_request request{};
};

[[nodiscard]] std::shared_ptr<connect_loan> lend(
    std::shared_ptr<const datasource> where, const verb_runner& runner
);

}  // namespace qry::conformance
