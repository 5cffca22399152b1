#include "qry/conformance/ledger.hpp"

#include <utility>

namespace qry::conformance {

void ledger::add(violation v) {
    const std::lock_guard lock(mutex_);
    violations_.push_back(std::move(v));
}

void ledger::add(notice n) {
    const std::lock_guard lock(mutex_);
    notices_.push_back(std::move(n));
}

void ledger::add(test_step s) {
    const std::lock_guard lock(mutex_);
    steps_.push_back(std::move(s));
}

void ledger::add_fact(std::string key, std::string value) {
    const std::lock_guard lock(mutex_);
    facts_.insert_or_assign(std::move(key), std::move(value));
}

std::vector<violation> ledger::violations() const {
    const std::lock_guard lock(mutex_);
    return violations_;
}

std::vector<notice> ledger::notices() const {
    const std::lock_guard lock(mutex_);
    return notices_;
}

std::vector<test_step> ledger::steps() const {
    const std::lock_guard lock(mutex_);
    return steps_;
}

std::map<std::string, std::string> ledger::facts() const {
    const std::lock_guard lock(mutex_);
    return facts_;
}

}  // namespace qry::conformance
