// What a test works with: the plugin, the database, and checks that end the test.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "profile.hpp"
#include "qry/conformance/session.hpp"
#include "verdict.hpp"

namespace qry::conformance {

// Not thread-safe. Sessions must be gone before it is.
class bench {
public:
    // doing: told what the plugin is asked next, for when it does not come back.
    bench(
        std::string plugin_path,
        std::string params_file,
        std::function<void(const std::string&)> doing
    );

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    // Both loaded when first asked for: what the plugin's dialect is says the plugin.
    [[nodiscard]] const loaded_plugin& plugin();
    [[nodiscard]] const profile& with();
    [[nodiscard]] const std::shared_ptr<arena>& memory() const noexcept { return on_.memory; }
    [[nodiscard]] const surroundings& on() const noexcept { return on_; }
    [[nodiscard]] ledger& book() const noexcept { return *on_.book; }

    // How verbs are called unless a test has reasons: a shorter patience than the test's own.
    [[nodiscard]] static call_options usual() noexcept;
    // The datasource with other parameters laid over.
    [[nodiscard]] datasource changed(const std::map<std::string, std::string>& over);

    [[nodiscard]] std::unique_ptr<session> connect();
    // Everything that the statement gives.
    [[nodiscard]] table query(session& s, std::string_view sql);
    // The one-row query gives its row: what "usable" means.
    void must_be_usable(session& s, std::string_view after_what);
    // Ends the test unless the result is a success.
    template <class T>
    void must(const result<T>& outcome, const std::string& sent, const std::string& cause) {
        if (!outcome) fail_with(outcome.error(), sent, cause);
    }
    void warn(std::string what) { warnings_.push_back(std::move(what)); }

    // Looks at every rule that is checked along the way; ends the test at the first broken one.
    void settle();
    [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

private:
    [[noreturn]] void fail_with(const error& e, const std::string& sent, const std::string& cause);

    const std::string path_;
    const std::string params_file_;
    surroundings on_;
    std::unique_ptr<loaded_plugin> plugin_;
    std::unique_ptr<profile> with_;
    std::vector<std::string> warnings_;
};

// Ends the test as skipped when the profile does not have this text.
const std::string& need(const std::string& text, const char* what);
// Ends the test unless `holds`.
void expect(bool holds, broken_rule otherwise);
// "query_error: no such column (hint: …)"
[[nodiscard]] std::string describe(const error& e);
[[nodiscard]] const char* name_of(status s) noexcept;
// The first cell of a table as text; "null", or "no row".
[[nodiscard]] std::string first_cell(const table& t);

}  // namespace qry::conformance
