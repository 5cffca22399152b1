// Datasources on the plugins with faults, each in its worker process, and bystanders under load.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "postgres_server.hpp"
#include "sources.hpp"

namespace qry::test {

[[nodiscard]] postgres_server& server();

// A datasource on a plugin of plugins/installed.cmake; fault: "connect segv", empty = none.
[[nodiscard]] datasource_spec faulty_spec(
    const std::string& name, const std::string& driver = "faulty", const std::string& fault = {}
);

// "fault PLACE KIND", different from every other such text: a statement that kills two workers is
// refused by name.
[[nodiscard]] std::string fault_sql(const std::string& place, const std::string& kind);
// A statement that succeeds, never the same twice: one that was under way when others killed the
// worker counts as well.
[[nodiscard]] std::string good_sql();

// Three datasources that must not notice: SQLite, PostgreSQL, and another plugin of ours.
class bystanders {
public:
    explicit bystanders(host& in);
    // Ends the load, prints and checks: no query of theirs failed.
    void expect_unhurt(const std::string& row);

private:
    std::vector<std::unique_ptr<steady_load>> loads_;
};

// One thing that was asked of a faulty datasource.
struct asked {
    // Empty on success.
    std::optional<error> failure;
    milliseconds took{};
    [[nodiscard]] std::string text() const;
};
[[nodiscard]] asked ask_query(datasource& on, std::string text, duration timeout);
[[nodiscard]] asked ask_test(datasource& on);
// A refresh has minutes; a caller that gives up after `patience` cancels it, and is answered then.
[[nodiscard]] asked ask_schema(datasource& on, duration patience);

// Asks good queries until one succeeds; the time from now to then, or nothing after `patience`.
[[nodiscard]] std::optional<milliseconds> next_success(
    datasource& on, duration patience = std::chrono::seconds(20)
);

// Processes of that process group, the dead ones left out.
[[nodiscard]] std::size_t group_size(pid_t group);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

// Processes below that one, at any depth.
[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);

}  // namespace qry::test
