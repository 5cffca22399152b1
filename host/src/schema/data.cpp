#include "schema/data.hpp"

namespace qry {

namespace {

template <class T>
std::span<const T> view(const std::byte* block, const schema::section& s) {
    return {reinterpret_cast<const T*>(block + s.at), static_cast<std::size_t>(s.count)};
}

}  // namespace

schema_snapshot::data::data(std::shared_ptr<const void> owner, const std::byte* start)
    : header(*reinterpret_cast<const schema::image_header*>(start)), owner_(std::move(owner)) {
    block = {start, static_cast<std::size_t>(header.size)};
    tables = view<schema::table_record>(start, header.tables);
    columns = view<schema::column_record>(start, header.columns);
    shapes = view<schema::shape_record>(start, header.shapes);
    keys = view<schema::key_record>(start, header.keys);
    key_columns = view<schema::text_id>(start, header.key_columns);
    ends_ = view<std::uint32_t>(start, header.ends);
    const auto bytes = view<char>(start, header.bytes);
    bytes_ = {bytes.data(), bytes.size()};
    word_ends = view<std::uint32_t>(start, header.word_ends);
    const auto words = view<char>(start, header.word_bytes);
    word_bytes = {words.data(), words.size()};
    first_postings = view<std::uint32_t>(start, header.first_postings);
    postings = view<std::uint32_t>(start, header.postings);
    first_places = view<std::uint32_t>(start, header.first_places);
    places = view<std::uint32_t>(start, header.places);
}

const schema::lookup& schema_snapshot::data::lookup() const {
    std::call_once(made_, [this] { lookup_ = std::make_unique<const schema::lookup>(*this); });
    return *lookup_;
}

}  // namespace qry
