#include "execute.hpp"

#include <cctype>
#include <string>
#include <utility>

#include "bind.hpp"
#include "error.hpp"
#include "sql_tail.hpp"
#include "statement_rows.hpp"

namespace qry::sqlite {

namespace {

bool equal_word(std::string_view word, std::string_view upper) noexcept {
    if (word.size() != upper.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (std::toupper(static_cast<unsigned char>(word[i])) != upper[i]) return false;
    }
    return true;
}

// Whether sqlite3_changes() speaks of this statement; after others it keeps its old value.
effect effect_of(std::string_view sql, sqlite3_stmt* statement) noexcept {
    if (sqlite3_stmt_readonly(statement) != 0) return effect::none;
    const std::string_view word = first_word(sql);
    for (std::string_view writer : {"INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"}) {
        if (equal_word(word, writer)) return effect::counted;
    }
    return effect::none;
}

result<bool> declared_types(const parameters& options) {
    for (const qry_param& option : options) {
        const std::string_view name = option.name;
        const std::string_view value = option.value;
        if (name == "types" && value == "declared") return true;
        if (name == "types" && value == "stored") return false;
        const bool known = name == "types";
        return error{
            .kind = status::invalid_parameter,
            .message = known ? "option 'types' is '" + std::string(value) +
                                   "'; expected 'declared' or 'stored'"
                             : "there is no option '" + std::string(name) + "'",
            .hint = "the SQLite driver knows the option types",
            .parameter = std::string(name)};
    }
    return true;
}

}  // namespace

result<executed> execute_statement(database& db, const execute_request& request, qry_arena* arena) {
    auto declared = declared_types(request.options);
    if (!declared) return std::move(declared).error();
    auto statement = db.prepare(request.sql);
    if (!statement) return std::move(statement).error();
    auto bound = bind_arguments(db.raw(), statement->get(), request.args_schema, request.args);
    if (!bound) return std::move(bound).error();

    const effect what = effect_of(request.sql, statement->get());
    if (sqlite3_column_count(statement->get()) == 0) {
        const int code = sqlite3_step(statement->get());
        if (code != SQLITE_DONE) return database_error(db.raw(), code);
        executed out;
        if (what == effect::counted) out.head.rows_affected = sqlite3_changes64(db.raw());
        return out;
    }
    auto rows = std::make_unique<statement_rows>(
        db.raw(),
        std::move(*statement),
        what,
        *declared ? typing::declared : typing::stored,
        arrow::memory{host_services(), arena},
        arrow::batch_builder::bounds{request.batch_rows, request.batch_bytes}
    );
    if (auto ok = rows->settle_types(); !ok) return std::move(ok).error();
    executed out;
    out.head.schema = rows->schema();
    out.rows = std::move(rows);
    return out;
}

}  // namespace qry::sqlite
