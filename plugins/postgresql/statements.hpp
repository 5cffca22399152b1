// The statements that a session has prepared at the server, the least recently used going first.
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "plan.hpp"

namespace qry::postgresql {

struct statement {
    // Empty = the unnamed statement, which is not kept.
    std::string name;
    std::string sql;
    std::vector<oid> parameters;
    // Nothing = no result set.
    std::optional<std::vector<column_description>> columns;
    // Nothing in it can leave session state behind; see leaves_nothing().
    bool harmless = false;

    // Made when first run, and again when a query chooses other options.
    std::optional<decode_options> planned_for;
    std::vector<column_plan> plan;
    std::vector<arrow::field> fields;
};

class statement_cache {
public:
    // capacity 0 = keep none.
    explicit statement_cache(std::size_t capacity);

    // The statement with this text, now the most recently used; NULL when there is none. Valid
    // until drop(), clear() or the add() that follows.
    [[nodiscard]] statement* find(std::string_view sql) noexcept;
    // A name for a statement with this text that is about to be prepared; empty when it is not
    // going to be kept.
    [[nodiscard]] std::string next_name(std::string_view sql);
    // Keeps it (or, when it has no name, only until the next add()).
    statement* add(statement s);
    // The names that must be closed at the server because they were dropped or pushed out; empties
    // the list.
    [[nodiscard]] std::vector<std::string> take_evicted() noexcept;
    // Not as the server has it any more.
    void drop(const statement* s);
    void clear() noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return recent_.size(); }

    // Longer texts are made by programs and hardly ever come twice.
    static constexpr std::size_t longest_text = 16 * 1024;

private:
    using position = std::list<statement>::iterator;

    const std::size_t capacity_;
    // Front = most recently used.
    std::list<statement> recent_;
    std::unordered_map<std::string_view, position> by_text_;
    std::optional<statement> unnamed_;
    std::vector<std::string> evicted_;
    std::string prefix_;
    std::uint64_t made_ = 0;
};

// True when a statement with this text that ends with the tag SELECT cannot have changed the
// session: no function is called, nothing is read that could call one (a view, a default), nothing
// is written. Deliberately narrow; a false answer costs a reset.
[[nodiscard]] bool leaves_nothing(std::string_view sql) noexcept;

}  // namespace qry::postgresql
