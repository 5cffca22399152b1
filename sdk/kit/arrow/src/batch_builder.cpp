#include <qry/kit/arrow/batch_builder.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <qry/version.h>

namespace qry::arrow {

namespace {

std::int64_t bounded(std::int64_t wanted, std::int64_t most) noexcept {
    return wanted < 1 ? most : std::min(wanted, most);
}

// True when the number of rows tells how many bytes there are.
bool fixed_width(const data_type& type) noexcept {
    switch (type.id()) {
        case type_id::utf8:
        case type_id::large_utf8:
        case type_id::binary:
        case type_id::large_binary:
        case type_id::list:
        case type_id::large_list:
        case type_id::structure:
        case type_id::map:
        case type_id::dictionary:
            return false;
        default:
            return true;
    }
}

void collect(const column_builder& builder, std::vector<const column_builder*>& out) {
    out.push_back(&builder);
    for (const column_builder* child : builder.children())
        collect(*child, out);
}

}  // namespace

batch_builder::batch_builder(std::span<const field> fields, memory from, bounds limit)
    : from_(from),
      limit_{bounded(limit.rows, QRY_BATCH_MAX_ROWS), bounded(limit.bytes, QRY_BATCH_MAX_BYTES)} {
    for (const field& f : fields)
        columns_.push_back(make_builder(f.type, from));
    measure();
}

void batch_builder::measure() {
    std::vector<const column_builder*> found;
    fixed_row_bits_ = 0;
    for (const auto& c : columns_) {
        if (fixed_width(c->type())) {
            fixed_row_bits_ += c->type().row_bits();
        } else {
            collect(*c, found);
        }
    }
    variable_.clear();
    for (const column_builder* c : found)
        variable_.push_back({c, c->type().row_bits()});
}

unique_array batch_builder::retype(std::size_t index, const data_type& type) {
    auto fresh = make_builder(type, from_);
    unique_array before = columns_[index]->finish();
    columns_[index] = std::move(fresh);
    measure();
    return before;
}

unique_array batch_builder::finish() {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i]->length() == rows_) continue;
        throw std::logic_error(
            "column " + std::to_string(i) + " of a batch has " +
            std::to_string(columns_[i]->length()) + " rows instead of " + std::to_string(rows_)
        );
    }
    array_parts parts{.length = rows_};
    parts.children.reserve(columns_.size());
    for (auto& c : columns_)
        parts.children.push_back(c->finish());
    parts.buffers.emplace_back();
    rows_ = 0;
    return export_array(std::move(parts));
}

void batch_builder::clear() noexcept {
    rows_ = 0;
    for (auto& c : columns_)
        c->clear();
}

}  // namespace qry::arrow
