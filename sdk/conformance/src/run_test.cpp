#include <utility>

#include "connect_loan.hpp"
#include "qry/conformance/session.hpp"

namespace qry::conformance {

test_outcome run_test(
    const loaded_plugin& plugin, const datasource& where, const call_options& how, surroundings on
) {
    const auto runner = std::make_shared<verb_runner>(plugin, std::move(on));
    auto shared = std::make_shared<const datasource>(where);
    auto call = runner->make_call("test", shared, how);
    auto loan = lend(shared, *runner);
    call->borrowed = loan;
    const qry_driver& driver = runner->plugin().driver();
    auto ended = runner->run(
        call,
        how,
        [&driver, loan](qry_call* raw) { driver.test(&loan->request, raw); },
        [&] {
            if (driver.cancel != nullptr) driver.cancel(call->raw());
        }
    );
    test_outcome out;
    if (!ended) out.failure = std::move(ended).error();
    out.steps = runner->on().book->steps();
    out.facts = runner->on().book->facts();
    out.trace = runner->last();
    return out;
}

}  // namespace qry::conformance
