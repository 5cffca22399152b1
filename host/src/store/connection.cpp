#include "connection.hpp"

#include <cassert>

namespace qry::store {

namespace {

std::string_view word(std::string_view name, const dialect& words) {
    if (name == "s") return words.schema;
    if (name == "text") return words.text;
    if (name == "blob") return words.blob;
    if (name == "serial") return words.serial;
    assert(name == "lock");
    return words.lock;
}

}  // namespace

std::string expand(std::string_view sql, const dialect& words) {
    std::string out;
    out.reserve(sql.size() + 64);
    for (std::size_t at = 0; at < sql.size();) {
        const auto open = sql.find('{', at);
        out += sql.substr(at, open - at);
        if (open == std::string_view::npos) break;
        const auto close = sql.find('}', open);
        assert(close != std::string_view::npos);
        out += word(sql.substr(open + 1, close - open - 1), words);
        at = close + 1;
    }
    return out;
}

}  // namespace qry::store
