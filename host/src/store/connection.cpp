#include "connection.hpp"

#include <optional>

namespace qry::store {

namespace {

std::optional<std::string_view> word(std::string_view name, const dialect& words) {
    if (name == "s") return words.schema;
    if (name == "text") return words.text;
    if (name == "blob") return words.blob;
    if (name == "serial") return words.serial;
    if (name == "lock") return words.lock;
    return std::nullopt;
}

}  // namespace

std::string expand(std::string_view sql, const dialect& words) {
    std::string out;
    out.reserve(sql.size() + 64);
    while (!sql.empty()) {
        const auto open = sql.find('{');
        out += sql.substr(0, open);
        if (open == std::string_view::npos) break;
        sql.remove_prefix(open);
        const auto close = sql.find('}');
        const auto known =
            close == std::string_view::npos ? std::nullopt : word(sql.substr(1, close - 1), words);
        // Any other brace stands for itself.
        out += known ? *known : sql.substr(0, 1);
        sql.remove_prefix(known ? close + 1 : 1);
    }
    return out;
}

}  // namespace qry::store
