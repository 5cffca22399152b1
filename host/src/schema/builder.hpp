// Builds a snapshot from the three introspection parts of a driver (qry/introspect.h).
//
// Parts come in order, batch by batch. What a plugin delivers is checked, not trusted: another
// layout than the stated one is an error that names the field; text that is not UTF-8 is repaired;
// columns and keys of tables that were not listed are dropped and counted.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <qry/arrow.h>
#include <qry/result.hpp>
#include <qry/schema.hpp>

namespace qry::schema {

// What had to be left out or repaired.
struct build_report {
    std::uint64_t orphan_columns = 0;
    std::uint64_t orphan_keys = 0;
    // Of a kind that this version does not know.
    std::uint64_t unknown_keys = 0;
    std::uint64_t duplicate_tables = 0;
    std::uint64_t repaired_texts = 0;
};

// What a snapshot carries beside its content.
struct stamp {
    std::uint64_t generation = 1;
    std::chrono::system_clock::time_point taken_at;
    std::string config_hash;
    // See image_header::digest; empty = none.
    std::string digest{};
};

// Not thread-safe.
class builder {
public:
    // plugin: named in errors.
    explicit builder(std::string_view plugin);
    ~builder();
    builder(builder&&) noexcept;
    builder& operator=(builder&&) noexcept;

    // part: QRY_INTROSPECT_*. The schema of a part comes before its batches.
    result<void> begin_part(std::int32_t part, const ArrowSchema& schema);
    // Copies what it needs; the batch may be released afterwards.
    result<void> add_batch(std::int32_t part, const ArrowArray& batch);
    // All three parts must have begun. The builder is empty afterwards.
    [[nodiscard]] result<schema_ptr> finish(const stamp& with);

    [[nodiscard]] const build_report& report() const noexcept;
    // Rows taken so far, for progress.
    [[nodiscard]] std::int64_t rows(std::int32_t part) const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace qry::schema
