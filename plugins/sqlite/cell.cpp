#include "cell.hpp"

#include <charconv>
#include <cmath>
#include <new>

#include <qry/kit/text/utf8.hpp>

namespace qry::sqlite {

namespace {

constexpr std::size_t shown_bytes = 60;
// Up to here every whole number is a double.
constexpr std::int64_t exact_limit = std::int64_t{1} << 53;

std::string cut(std::string_view value) {
    std::string out = text::replace_invalid_utf8(value.substr(0, shown_bytes));
    if (value.size() > shown_bytes) out += "…";
    return out;
}

}  // namespace

std::string_view cell::bytes() const {
    const void* data = storage_ == SQLITE_TEXT
                           ? static_cast<const void*>(sqlite3_column_text(statement_, column_))
                           : sqlite3_column_blob(statement_, column_);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column_));
    if (data == nullptr) {
        // An empty BLOB is NULL too; out of memory leaves no size behind, but a code.
        const int code = sqlite3_errcode(sqlite3_db_handle(statement_));
        if (storage_ == SQLITE_TEXT || code == SQLITE_NOMEM) throw std::bad_alloc();
        return {};
    }
    return {static_cast<const char*>(data), size};
}

std::string cell::number_text() const {
    if (storage_ == SQLITE_INTEGER) return text_of(integer());
    if (storage_ == SQLITE_FLOAT) return text_of(real());
    return std::string(bytes());
}

std::string cell::shown() const {
    switch (storage_) {
        case SQLITE_NULL:
            return "NULL";
        case SQLITE_INTEGER:
            return "the INTEGER " + text_of(integer());
        case SQLITE_FLOAT:
            return "the REAL " + text_of(real());
        case SQLITE_TEXT:
            return "the TEXT '" + cut(bytes()) + "'";
        default:
            return "a BLOB of " + std::to_string(bytes().size()) + " bytes";
    }
}

std::string text_of(std::int64_t value) {
    return std::to_string(value);
}

std::string text_of(double value) {
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    // A whole number looks the same whether it was stored as REAL or as INTEGER.
    if (std::trunc(value) == value && std::abs(value) <= static_cast<double>(exact_limit) &&
        (value != 0 || !std::signbit(value))) {
        return text_of(static_cast<std::int64_t>(value));
    }
    char digits[40];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    return {digits, end};
}

bool is_exact_double(std::int64_t value) noexcept {
    return value >= -exact_limit && value <= exact_limit;
}

}  // namespace qry::sqlite
