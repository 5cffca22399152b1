// The texts of sqlite_schema, which SQLite itself has to read before the first statement of any
// connection. Not PRAGMA schema_version: another file that was put in this one's place may well
// have the same count.
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string_view>

#include "cell.hpp"
#include "error.hpp"
#include "introspect.hpp"

namespace qry::sqlite {

namespace {

// FNV-1a, from two starting points.
class hash {
public:
    explicit hash(std::uint64_t start) noexcept : value_(start) {}
    void add(std::string_view bytes) noexcept {
        for (const char c : bytes)
            add(static_cast<unsigned char>(c));
    }
    void add(unsigned char byte) noexcept {
        value_ = (value_ ^ byte) * 0x100000001B3ull;
        // FNV's upper half says little about the last bytes.
        value_ ^= value_ >> 29;
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return value_; }

private:
    std::uint64_t value_;
};

}  // namespace

result<std::string> catalog_digest(database& db) {
    auto query = db.prepare("SELECT type, name, tbl_name, sql FROM main.sqlite_schema");
    if (!query) return std::move(query).error();
    hash one(0xCBF29CE484222325ull);
    hash two(0x9E3779B97F4A7C15ull);
    std::uint64_t count = 0;
    int code = sqlite3_step(query->get());
    for (; code == SQLITE_ROW; code = sqlite3_step(query->get()), ++count) {
        for (int i = 0; i < 4; ++i) {
            const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(query->get(), i));
            const auto size = static_cast<std::size_t>(sqlite3_column_bytes(query->get(), i));
            const std::string_view bytes(text != nullptr ? text : "", text != nullptr ? size : 0);
            for (hash* h : {&one, &two}) {
                h->add(bytes);
                // Not a byte of UTF-8, so that no two rows read as one.
                h->add(static_cast<unsigned char>(text != nullptr ? 0xFF : 0xFE));
            }
        }
    }
    if (code != SQLITE_DONE) return database_error(db.raw(), code);
    char out[80];
    std::snprintf(
        out,
        sizeof(out),
        "%s %" PRIu64 " %016" PRIx64 "%016" PRIx64,
        sqlite3_libversion(),
        count,
        one.value(),
        two.value()
    );
    return std::string(out);
}

}  // namespace qry::sqlite
