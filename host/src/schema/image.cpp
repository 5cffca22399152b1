#include "schema/image.hpp"

#include <algorithm>
#include <cstring>

#include "schema/checksum.hpp"
#include "schema/data.hpp"

namespace qry::schema {

namespace {

error damaged(std::string what) {
    error e{.kind = status::plugin_error};
    e.message = "the stored schema cannot be used: " + std::move(what);
    e.hint = "refresh the schema of this datasource to read it anew";
    e.from = origin::host;
    return e;
}

bool fits(const section& s, std::size_t item, std::uint64_t size) {
    return s.at % 8 == 0 && s.at >= sizeof(image_header) && s.at <= size &&
           s.count <= (size - s.at) / item;
}

bool sections_fit(const image_header& h) {
    return fits(h.tables, sizeof(table_record), h.size) &&
           fits(h.columns, sizeof(column_record), h.size) &&
           fits(h.shapes, sizeof(shape_record), h.size) &&
           fits(h.keys, sizeof(key_record), h.size) &&
           fits(h.key_columns, sizeof(text_id), h.size) &&
           fits(h.ends, sizeof(std::uint32_t), h.size) && fits(h.bytes, 1, h.size) &&
           fits(h.word_ends, sizeof(std::uint32_t), h.size) && fits(h.word_bytes, 1, h.size) &&
           fits(h.first_postings, sizeof(std::uint32_t), h.size) &&
           fits(h.postings, sizeof(std::uint32_t), h.size) &&
           fits(h.first_places, sizeof(std::uint32_t), h.size) &&
           fits(h.places, sizeof(std::uint32_t), h.size) && h.ends.count >= 1;
}

// Whether a list of borders begins at 0, never falls, and stays within.
bool rises(std::span<const std::uint32_t> borders, std::size_t within) {
    return !borders.empty() && borders.front() == 0 && borders.back() <= within &&
           std::is_sorted(borders.begin(), borders.end());
}

bool ends_fit(const schema_snapshot::data& d) {
    return rises(d.ends(), d.bytes().size());
}

// Whether every word leads to texts, and every text to tables, that exist.
bool words_fit(const schema_snapshot::data& d) {
    if (d.first_postings.size() != d.word_ends.size()) return false;
    if (d.first_places.size() != d.text_count() + 1) return false;
    if (!rises(d.word_ends, d.word_bytes.size()) || !rises(d.first_postings, d.postings.size()) ||
        !rises(d.first_places, d.places.size())) {
        return false;
    }
    const auto leads_out = [](std::span<const std::uint32_t> list, std::uint32_t mask, auto most) {
        return std::any_of(list.begin(), list.end(), [=](std::uint32_t item) {
            return (item & mask) >= most;
        });
    };
    return !leads_out(d.postings, posting_text, d.text_count()) &&
           !leads_out(d.places, place_table, d.tables.size());
}

// Whether the records of one table follow those of the table before.
bool follows(std::uint32_t first, std::uint32_t count, std::size_t& next, std::size_t total) {
    if (first != next || count > total - next) return false;
    next += count;
    return true;
}

bool tables_fit(const schema_snapshot::data& d) {
    const std::size_t texts = d.text_count();
    std::size_t column = 0;
    std::size_t key = 0;
    for (const table_record& t : d.tables) {
        if (t.catalog >= texts || t.schema >= texts || t.comment >= texts) return false;
        if (t.name == 0 || t.name >= texts || t.kind == 0 || t.kind >= texts) return false;
        if (!follows(t.first_column, t.column_count, column, d.columns.size())) return false;
        if (!follows(t.first_key, t.key_count, key, d.keys.size())) return false;
    }
    return column == d.columns.size() && key == d.keys.size();
}

bool columns_fit(const schema_snapshot::data& d) {
    const std::size_t texts = d.text_count();
    const std::size_t shapes = d.shapes.size();
    for (const shape_record& s : d.shapes) {
        if (s.type >= texts || s.arrow_type >= texts || s.default_value >= texts) return false;
    }
    return std::all_of(d.columns.begin(), d.columns.end(), [=](const column_record& c) {
        return c.name < texts && c.comment < texts && c.shape < shapes;
    });
}

bool keys_fit(const schema_snapshot::data& d) {
    const std::size_t texts = d.text_count();
    const std::size_t names = d.key_columns.size();
    for (const key_record& k : d.keys) {
        if (k.name >= texts || k.ref_catalog >= texts || k.ref_schema >= texts ||
            k.ref_table >= texts || k.kind > static_cast<std::uint32_t>(key_kind::foreign)) {
            return false;
        }
        if (k.first_column > names || k.column_count > names - k.first_column) return false;
        if (k.first_ref > names || k.ref_count > names - k.first_ref) return false;
    }
    for (const text_id id : d.key_columns) {
        if (id >= texts) return false;
    }
    return true;
}

}  // namespace

std::string serialize(const schema_snapshot& snapshot) {
    const auto block = snapshot.content().block;
    return {reinterpret_cast<const char*>(block.data()), block.size()};
}

namespace {

result<image_header> header_of(std::string_view bytes) {
    image_header h;
    if (bytes.size() < sizeof(h)) return damaged("it is cut off in its header");
    std::memcpy(&h, bytes.data(), sizeof(h));
    if (h.magic != image_magic) return damaged("it does not begin as a schema does");
    if (h.version != image_version) {
        return damaged(
            "it has layout " + std::to_string(h.version) + ", this host reads layout " +
            std::to_string(image_version)
        );
    }
    if (h.header_size != sizeof(h) || h.size != bytes.size() || h.size % 8 != 0) {
        return damaged(
            "it should have " + std::to_string(h.size) + " bytes and has " +
            std::to_string(bytes.size())
        );
    }
    return h;
}

result<schema_ptr> check(
    const image_header& h, std::shared_ptr<const void> owner, const std::byte* start
) {
    if (checksum(start, h.size) != h.checksum) return damaged("its checksum does not fit");
    if (!sections_fit(h)) return damaged("a section lies outside of it");
    auto content = std::make_shared<const schema_snapshot::data>(std::move(owner), start);
    if (!ends_fit(*content)) return damaged("its texts overlap");
    if (!tables_fit(*content) || !columns_fit(*content) || !keys_fit(*content) ||
        !words_fit(*content) || h.config_hash >= content->text_count() ||
        h.digest >= content->text_count()) {
        return damaged("a record refers outside of it");
    }
    // Here, not in the first prompt.
    (void)content->lookup();
    return std::make_shared<const schema_snapshot>(std::move(content));
}

}  // namespace

result<schema_ptr> load(std::string_view bytes) {
    auto h = header_of(bytes);
    if (!h) return std::move(h).error();
    // The caller's bytes may lie anywhere; records are read in place, so they have to be aligned.
    std::shared_ptr<std::byte[]> memory(new std::byte[bytes.size()]);
    std::memcpy(memory.get(), bytes.data(), bytes.size());
    const std::byte* start = memory.get();
    return check(*h, std::move(memory), start);
}

result<schema_ptr> load_in_place(
    std::shared_ptr<const void> owner, std::span<const std::byte> block
) {
    auto h = header_of({reinterpret_cast<const char*>(block.data()), block.size()});
    if (!h) return std::move(h).error();
    return check(*h, std::move(owner), block.data());
}

}  // namespace qry::schema
