#include "connect_loan.hpp"

#include <utility>

namespace qry::conformance {

std::vector<qry_param> as_params(const std::map<std::string, std::string>& from) {
    std::vector<qry_param> out;
    for (const auto& [name, value] : from)
        out.push_back({name.c_str(), value.c_str()});
    return out;
}

std::shared_ptr<connect_loan> lend(
    std::shared_ptr<const datasource> where, const verb_runner& runner
) {
    auto loan = std::make_shared<connect_loan>();
    loan->where = std::move(where);
    loan->params = as_params(loan->where->params);
    loan->request = {
        sizeof(qry_connect_request),
        loan->params.data(),
        loan->params.size(),
        runner.loop_handle(),
        runner.on().memory->handle()};
    return loan;
}

}  // namespace qry::conformance
