#include <qry/kit/arrow/nested_builder.hpp>

#include <limits>
#include <string>
#include <utility>

namespace qry::arrow {

namespace {

// The child's length as an offset of its parent.
template <class Offset>
Offset offset_of(const column_builder& child, const data_type& parent) {
    if (child.length() > std::numeric_limits<Offset>::max()) {
        throw column_full(
            "a batch of " + parent.name() + " cannot hold " + std::to_string(child.length()) +
            " items"
        );
    }
    return static_cast<Offset>(child.length());
}

template <class Offset>
void reserve_offsets(buffer& offsets, std::int64_t length, std::int64_t capacity) {
    offsets.reserve(
        static_cast<std::size_t>(capacity + 1) * sizeof(Offset),
        static_cast<std::size_t>(length) * sizeof(Offset)
    );
}

}  // namespace

template <class Offset>
basic_list_builder<Offset>::basic_list_builder(data_type type, memory from)
    : column_builder(std::move(type), from),
      offsets_(from),
      items_(make_builder(type_.children()[0].type, from)) {}

template <class Offset>
void basic_list_builder<Offset>::append() {
    if (length_ == capacity_) reserve(1);
    offsets_.template as<Offset>()[length_] = offset_of<Offset>(*items_, type_);
    ++length_;
}

template <class Offset>
void basic_list_builder<Offset>::append_null() {
    if (length_ == capacity_) reserve(1);
    const Offset start = offset_of<Offset>(*items_, type_);
    validity_.set_null(length_);
    offsets_.template as<Offset>()[length_++] = start;
}

template <class Offset>
void basic_list_builder<Offset>::reserve(std::int64_t rows) {
    if (length_ + rows <= capacity_) return;
    const std::int64_t capacity = next_capacity(capacity_, length_ + rows);
    reserve_offsets<Offset>(offsets_, length_, capacity);
    capacity_ = capacity;
}

template <class Offset>
unique_array basic_list_builder<Offset>::finish() {
    const Offset end = offset_of<Offset>(*items_, type_);
    if (capacity_ != 0) offsets_.template as<Offset>()[length_] = end;
    array_parts parts{.length = length_, .null_count = null_count()};
    parts.children.push_back(items_->finish());
    parts.buffers.reserve(2);
    parts.buffers.push_back(validity_.finish(length_));
    offsets_.trim(static_cast<std::size_t>(length_ + 1) * sizeof(Offset));
    parts.buffers.push_back(std::exchange(offsets_, buffer(from_)));
    capacity_ = 0;
    restart();
    return export_array(std::move(parts));
}

template <class Offset>
void basic_list_builder<Offset>::clear() noexcept {
    length_ = 0;
    validity_.clear();
    items_->clear();
}

template class basic_list_builder<std::int32_t>;
template class basic_list_builder<std::int64_t>;

struct_builder::struct_builder(data_type type, memory from)
    : column_builder(std::move(type), from) {
    for (const field& f : type_.children())
        fields_.push_back(make_builder(f.type, from));
}

std::vector<column_builder*> struct_builder::children() const {
    std::vector<column_builder*> out;
    for (const auto& f : fields_)
        out.push_back(f.get());
    return out;
}

void struct_builder::append_null() {
    for (auto& f : fields_)
        f->append_null();
    validity_.set_null(length_);
    ++length_;
}

void struct_builder::reserve(std::int64_t rows) {
    for (auto& f : fields_)
        f->reserve(rows);
}

unique_array struct_builder::finish() {
    array_parts parts{.length = length_, .null_count = null_count()};
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (fields_[i]->length() == length_) continue;
        throw std::logic_error(
            "field '" + type_.children()[i].name + "' of a struct has " +
            std::to_string(fields_[i]->length()) + " rows instead of " + std::to_string(length_)
        );
    }
    for (auto& f : fields_)
        parts.children.push_back(f->finish());
    parts.buffers.push_back(validity_.finish(length_));
    restart();
    return export_array(std::move(parts));
}

void struct_builder::clear() noexcept {
    length_ = 0;
    validity_.clear();
    for (auto& f : fields_)
        f->clear();
}

map_builder::map_builder(data_type type, memory from)
    : column_builder(std::move(type), from),
      offsets_(from),
      keys_(make_builder(type_.children()[0].type, from)),
      items_(make_builder(type_.children()[1].type, from)) {}

void map_builder::append() {
    if (length_ == capacity_) reserve(1);
    offsets_.as<std::int32_t>()[length_] = offset_of<std::int32_t>(*keys_, type_);
    ++length_;
}

void map_builder::append_null() {
    if (length_ == capacity_) reserve(1);
    const auto start = offset_of<std::int32_t>(*keys_, type_);
    validity_.set_null(length_);
    offsets_.as<std::int32_t>()[length_++] = start;
}

void map_builder::reserve(std::int64_t rows) {
    if (length_ + rows <= capacity_) return;
    const std::int64_t capacity = next_capacity(capacity_, length_ + rows);
    reserve_offsets<std::int32_t>(offsets_, length_, capacity);
    capacity_ = capacity;
}

unique_array map_builder::finish() {
    if (keys_->length() != items_->length() || keys_->null_count() != 0) {
        throw std::logic_error("a map needs one item for each key, and no null key");
    }
    const auto end = offset_of<std::int32_t>(*keys_, type_);
    if (capacity_ != 0) offsets_.as<std::int32_t>()[length_] = end;
    array_parts entries{.length = keys_->length()};
    entries.children.push_back(keys_->finish());
    entries.children.push_back(items_->finish());
    entries.buffers.emplace_back();
    array_parts parts{.length = length_, .null_count = null_count()};
    parts.children.push_back(export_array(std::move(entries)));
    parts.buffers.reserve(2);
    parts.buffers.push_back(validity_.finish(length_));
    offsets_.trim(static_cast<std::size_t>(length_ + 1) * sizeof(std::int32_t));
    parts.buffers.push_back(std::exchange(offsets_, buffer(from_)));
    capacity_ = 0;
    restart();
    return export_array(std::move(parts));
}

void map_builder::clear() noexcept {
    length_ = 0;
    validity_.clear();
    keys_->clear();
    items_->clear();
}

}  // namespace qry::arrow
