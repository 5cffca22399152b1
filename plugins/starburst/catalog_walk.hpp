// One part of introspection over several catalogs: a few are asked at a time, their rows come in
// the order of the catalogs. A catalog that cannot be read costs its own rows and a notice.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <qry/introspect.h>
#include <qry/arrow.hpp>
#include <qry/background.hpp>
#include <qry/call.hpp>
#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/json/reader.hpp>

#include "catalog_queries.hpp"
#include "rows.hpp"
#include "statement.hpp"

namespace qry::starburst {

class catalog_walk {
public:
    // `part` is QRY_INTROSPECT_TABLES or _COLUMNS; `schema` empty = all.
    struct plan {
        std::int32_t part;
        std::vector<std::string> catalogs;
        std::optional<std::string> schema;
        arrow::batch_builder::bounds limit;
    };
    catalog_walk(server_link& link, plan what, arrow::memory memory);
    ~catalog_walk();

    // As async_session::next.
    [[nodiscard]] task<result<unique_array>> next(call c);
    // next() ends soon, as query_cancelled. A query whose name the server has not told yet is not
    // broken off: see nameless().
    void interrupt() noexcept;
    [[nodiscard]] bool nameless() const noexcept;
    // Ends what is under way, at the server too. To be called before it is destroyed.
    [[nodiscard]] task<void> stop();

private:
    struct lane;

    [[nodiscard]] std::unique_ptr<lane> open_lane(
        const std::string& catalog, bool comments, const call& c
    );
    void open_lanes(const call& c);
    [[nodiscard]] task<result<bool>> fill(lane& from, const call& c);
    [[nodiscard]] std::optional<error> give_up(lane& broken, error why, const call& c);

    server_link& link_;
    const plan plan_;
    arrow_names names_;
    json::row_reader reader_;
    arrow::batch_builder batch_;
    std::size_t opened_ = 0;
    std::deque<std::unique_ptr<lane>> lanes_;
    bool in_piece_ = false;
    bool interrupted_ = false;
};

// The first column of all rows of a query of the driver's own.
[[nodiscard]] task<result<std::vector<std::string>>> read_texts(
    server_link& link, std::string sql, std::int64_t deadline_ns
);

}  // namespace qry::starburst
