// One reply of the statement protocol, taken apart: where to go on, what the rows are, how far the
// query is, what went wrong.
//
// Source: the "Trino client REST API" page of Trino's documentation, and what server 476 sends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <qry/kit/json/members.hpp>
#include <qry/result.hpp>

namespace qry::starburst {

struct column_head {
    std::string name;
    // "decimal(38, 5)"
    std::string type;
};

// How far the query is, as `stats` says.
struct query_stats {
    // "QUEUED", "RUNNING", "FINISHED", …
    std::string state;
    // 0 to 100; negative = not known.
    double percentage = -1;
    std::int64_t total_splits = 0;
    std::int64_t completed_splits = 0;
    std::int64_t processed_rows = 0;
    std::int64_t processed_bytes = 0;
};

// A piece of a spooled result.
struct segment {
    // Inline data still in base64, or empty: a view into the page's body.
    std::string_view inline_data;
    // Where it lies, and where to say that it was read; both are secrets.
    std::string uri;
    std::string ack_uri;
    std::vector<std::pair<std::string, std::string>> headers;
    // Of the JSON after decompression; 0 = it is not compressed, whatever `encoding` says.
    std::size_t uncompressed_size = 0;
    std::size_t segment_size = 0;
};

struct query_warning {
    std::string name;
    std::string message;
};

struct page {
    std::string id;
    // Where the next reply is; empty = this was the last.
    std::string next_uri;
    // Empty until the server knows them; they come with every page from then on.
    std::vector<column_head> columns;
    // A JSON array of rows: a view into the body. Empty = none here.
    std::string_view rows;
    // Where they begin in the document.
    std::uint32_t rows_token = 0;
    // "json", "json+zstd", "json+lz4"; empty = rows came directly.
    std::string encoding;
    std::vector<segment> segments;
    std::string update_type;
    std::optional<std::int64_t> update_count;
    query_stats stats;
    std::vector<query_warning> warnings;
    // What ended the query.
    std::optional<error> failure;
};

// `in` reads `body`, which must outlive the page. `sql` is what was sent: the position in an error
// is counted in it.
[[nodiscard]] result<page> read_page(
    json::document& in, std::string_view body, std::string_view sql
);

}  // namespace qry::starburst
