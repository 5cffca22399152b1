// A reply of Trino, from its bytes to batches: the page, its types, its rows, its inline segments.
// Input: rows a batch, the body of the reply.
#include <string>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/validate.hpp>
#include <qry/kit/json/reader.hpp>
#include <qry/kit/text/base64.hpp>

#include "fuzz.hpp"
#include "page.hpp"
#include "rows.hpp"
#include "segment.hpp"
#include "types.hpp"

namespace {

using namespace qry;

struct plan {
    std::vector<arrow::field> fields;
    std::vector<json::column> cells;
};

void read_rows(const plan& how, const starburst::row_piece& rows, std::int64_t batch_rows) {
    arrow::batch_builder batch(how.fields, {}, {batch_rows, 1 << 16});
    json::row_reader reader(how.cells, json::row_shape::array, json::row_shape::array);
    const auto begun = rows.open(reader);
    for (bool more = begun.has_value(); more;) {
        auto taken = reader.take(batch);
        if (!taken) {
            fuzz::require(!taken.error().message.empty(), "a refusal has a reason");
            return;
        }
        more = *taken;
        fuzz::require(batch.rows() <= batch_rows, "a batch has at most the rows it may have");
        const unique_array made = batch.finish();
        const auto schema = arrow::export_schema(how.fields);
        fuzz::require(
            arrow::validate(*schema, *made).has_value(), "a batch is what its schema says"
        );
    }
}

}  // namespace

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    pieces in(input);
    const std::int64_t batch_rows = 1 + in.number() % 8;
    std::string body(pieces::text(in.rest()));
    const std::size_t size = body.size();
    body.append(json::padding, ' ');
    json::document reply;
    const auto read =
        starburst::read_page(reply, std::string_view(body).substr(0, size), "select 1");
    if (!read) return;
    starburst::zone_table zones;
    plan how;
    for (const auto& column : read->columns) {
        auto made = starburst::plan_column(column.name, column.type, zones);
        if (!made) return;
        how.fields.push_back(std::move(made->field));
        how.cells.push_back(std::move(made->cells));
    }
    if (how.fields.empty()) return;
    if (!read->rows.empty()) read_rows(how, {read->rows, &reply, read->rows_token}, batch_rows);
    for (const auto& piece : read->segments) {
        const auto bytes = text::decode_base64(piece.inline_data);
        // What a segment claims to be may be half a gigabyte.
        if (!bytes || piece.uncompressed_size > 1 << 20) continue;
        const auto plain = starburst::unpack(*bytes, read->encoding, piece.uncompressed_size);
        if (!plain) continue;
        require(plain->size() >= json::padding, "there is room behind a segment");
        const std::string_view rows(plain->data(), plain->size() - json::padding);
        read_rows(how, {rows}, batch_rows);
    }
}
