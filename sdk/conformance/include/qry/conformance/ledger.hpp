// What a plugin did while it was driven: its reports, and every rule that it broke.
//
// Rules are checked where they can be seen (loop, arena, calls) and written down here instead of
// being asserted, so that one test can look at all of them when it is done.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <qry/call.hpp>

namespace qry::conformance {

// A broken rule. `rule` is a stable id such as "call.completes_once".
struct violation {
    std::string rule;
    std::string what;
};

// Thread-safe.
class ledger {
public:
    void add(violation v);
    void add(notice n);
    void add(test_step s);
    void add_fact(std::string key, std::string value);

    [[nodiscard]] std::vector<violation> violations() const;
    [[nodiscard]] std::vector<notice> notices() const;
    [[nodiscard]] std::vector<test_step> steps() const;
    // What server_info reported.
    [[nodiscard]] std::map<std::string, std::string> facts() const;

private:
    mutable std::mutex mutex_;
    // Guarded by mutex_
    std::vector<violation> violations_;
    std::vector<notice> notices_;
    std::vector<test_step> steps_;
    std::map<std::string, std::string> facts_;
};

}  // namespace qry::conformance
