#include <qry/kit/arrow_ipc/stream_writer.hpp>

#include <qry/kit/arrow/array_view.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "body.hpp"
#include "message.hpp"

namespace qry::arrow_ipc {

namespace {

using arrow::data_type;
using arrow::type_id;

error misuse(std::string message) {
    return {.kind = status::unsupported, .message = "Arrow stream: " + std::move(message)};
}

struct part {
    std::vector<std::byte> header;
    body buffers;
};

// Dictionaries of a batch in the order in which readers need them: those that the values of
// another one use come first. Numbered depth first, as in the schema.
class dictionary_parts {
public:
    result<void> add(const data_type& type, const ArrowArray& array) {
        if (type.id() == type_id::dictionary) return add_dictionary(type, *array.dictionary);
        // Between a map and its fields stands the struct of its entries.
        const ArrowArray& parent = type.id() == type_id::map ? *array.children[0] : array;
        for (std::size_t i = 0; i < type.children().size(); ++i) {
            if (auto r = add(type.children()[i].type, *parent.children[i]); !r) return r;
        }
        return {};
    }

    std::vector<part> take() noexcept { return std::move(parts_); }

private:
    result<void> add_dictionary(const data_type& type, const ArrowArray& values) {
        const std::int64_t id = next_++;
        const data_type& of = type.children()[1].type;
        if (auto r = add(of, values); !r) return r;
        part made;
        if (auto r = made.buffers.add(of, values, 0, values.length); !r) return r;
        made.header = dictionary_message(id, values.length, made.buffers);
        parts_.push_back(std::move(made));
        return {};
    }

    std::vector<part> parts_;
    std::int64_t next_ = 0;
};

bool has_coded_dictionary(const data_type& type) {
    const auto fields = type.children();
    if (type.id() == type_id::dictionary && fields[1].type.id() == type_id::dictionary) return true;
    return std::any_of(fields.begin(), fields.end(), [](const arrow::field& f) {
        return has_coded_dictionary(f.type);
    });
}

}  // namespace

stream_writer::stream_writer(byte_sink to) : to_(std::move(to)) {}

result<void> stream_writer::require(state wanted, const char* call) const {
    if (state_ == wanted) return {};
    switch (state_) {
        case state::fresh:
            return misuse(std::string(call) + "() before begin(): a stream starts with its schema");
        case state::open:
            return misuse(std::string(call) + "() on a stream that has begun");
        case state::ended:
            return misuse(std::string(call) + "() after end(): nothing may follow the end");
        case state::broken:
            break;
    }
    return misuse(
        std::string(call) + "() after a failed write: the stream is cut off, start another one"
    );
}

result<void> stream_writer::send(std::span<const std::byte> bytes) {
    if (bytes.empty()) return {};
    auto sent = to_(bytes);
    if (!sent) state_ = state::broken;
    return sent;
}

result<void> stream_writer::begin(const ArrowSchema& rows) {
    auto read = arrow::import_field(rows);
    if (!read) return std::move(read).error();
    return begin(*read);
}

result<void> stream_writer::begin(const arrow::field& rows) {
    if (auto r = require(state::fresh, "begin"); !r) return r;
    if (rows.type.id() != type_id::structure) {
        return misuse(
            "the schema is " + rows.type.name() + ", but rows are a struct with a field a column"
        );
    }
    if (has_coded_dictionary(rows.type)) {
        return misuse("a dictionary whose values are a dictionary has no place in the format");
    }
    rows_ = rows;
    state_ = state::open;
    return send(schema_message(rows_));
}

result<void> stream_writer::write(const ArrowArray& rows) {
    if (auto r = require(state::open, "write"); !r) return r;
    const auto checked = arrow::array_view::make(rows_, rows);
    if (!checked) return checked.error();
    if (count_nulls(rows, rows.offset, rows.length) != 0) {
        return misuse("the batch has rows that are null as a whole, which the format cannot hold");
    }
    // Everything that can be refused comes before the first byte.
    dictionary_parts dictionaries;
    if (auto r = dictionaries.add(rows_.type, rows); !r) return r;
    std::vector<part> parts = dictionaries.take();
    part batch;
    auto added = batch.buffers.add_children(rows_.type.children(), rows, 0, rows.length);
    if (!added) return added;
    batch.header = record_batch_message(rows.length, batch.buffers);
    parts.push_back(std::move(batch));

    static constexpr std::byte zeros[alignment]{};
    for (const part& p : parts) {
        if (auto r = send(p.header); !r) return r;
        for (const auto piece : p.buffers.pieces()) {
            if (auto r = send(piece); !r) return r;
            if (auto r = send({zeros, padding(piece.size())}); !r) return r;
        }
    }
    return {};
}

result<void> stream_writer::end() {
    if (auto r = require(state::open, "end"); !r) return r;
    state_ = state::ended;
    return send(end_of_stream);
}

}  // namespace qry::arrow_ipc
