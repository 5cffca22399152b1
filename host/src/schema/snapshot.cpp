#include <algorithm>
#include <string>

#include <qry/schema.hpp>

#include "schema/data.hpp"

namespace qry {

namespace {

const schema::table_record& record(const schema_snapshot& s, std::uint32_t table) {
    return s.content().tables[table];
}

std::vector<std::string_view> names(
    const schema_snapshot::data& d, std::uint32_t first, std::uint32_t count
) {
    std::vector<std::string_view> out;
    out.reserve(count);
    for (const auto id : d.key_columns.subspan(first, count))
        out.push_back(d.text(id));
    return out;
}

// Whether `text` is how this table may be called: with or without schema and catalog. Parts are
// cut off from the end, since a name may itself hold dots.
template <class Equal>
bool is_called(
    const schema_snapshot::data& d,
    const schema::table_record& t,
    std::string_view text,
    const Equal& equal
) {
    for (const auto part : {t.name, t.schema, t.catalog}) {
        const std::string_view name = d.text(part);
        if (text.size() < name.size()) return false;
        const std::size_t rest = text.size() - name.size();
        if (!equal(text.substr(rest), name)) return false;
        if (rest == 0) return true;
        if (text[rest - 1] != '.') return false;
        text = text.substr(0, rest - 1);
    }
    return false;
}

}  // namespace

std::optional<std::string_view> table_view::catalog() const noexcept {
    return owner_->content().optional_text(record(*owner_, index_).catalog);
}
std::optional<std::string_view> table_view::schema() const noexcept {
    return owner_->content().optional_text(record(*owner_, index_).schema);
}
std::string_view table_view::name() const noexcept {
    return owner_->content().text(record(*owner_, index_).name);
}
std::string_view table_view::kind() const noexcept {
    return owner_->content().text(record(*owner_, index_).kind);
}
std::optional<std::string_view> table_view::comment() const noexcept {
    return owner_->content().optional_text(record(*owner_, index_).comment);
}
std::optional<std::int64_t> table_view::row_estimate() const noexcept {
    const auto& t = record(*owner_, index_);
    return t.has_estimate != 0 ? std::optional(t.row_estimate) : std::nullopt;
}
std::uint32_t table_view::column_count() const noexcept {
    return record(*owner_, index_).column_count;
}

column_view table_view::column(std::uint32_t i) const noexcept {
    const auto& d = owner_->content();
    const auto& c = d.columns[record(*owner_, index_).first_column + i];
    const auto& shape = d.shapes[c.shape];
    return {
        .name = d.text(c.name),
        .ordinal = c.ordinal,
        .type = d.text(shape.type),
        .arrow_type = d.text(shape.arrow_type),
        .nullable = shape.nullable != 0,
        .default_value = d.optional_text(shape.default_value),
        .comment = d.optional_text(c.comment),
    };
}

std::vector<key_view> table_view::keys() const {
    const auto& d = owner_->content();
    std::vector<key_view> out;
    for (const auto& k : d.keys_of(record(*owner_, index_))) {
        out.push_back({
            .name = d.optional_text(k.name),
            .kind = static_cast<key_kind>(k.kind),
            .columns = names(d, k.first_column, k.column_count),
            .ref_catalog = d.optional_text(k.ref_catalog),
            .ref_schema = d.optional_text(k.ref_schema),
            .ref_table = d.text(k.ref_table),
            .ref_columns = names(d, k.first_ref, k.ref_count),
        });
    }
    return out;
}

schema_snapshot::schema_snapshot(std::shared_ptr<const data> content)
    : content_(std::move(content)), taken_at_(read_at()) {}
schema_snapshot::schema_snapshot(std::shared_ptr<const data> content, time_point found_at)
    : content_(std::move(content)), taken_at_(std::max(found_at, read_at())) {}
schema_snapshot::~schema_snapshot() = default;

std::uint64_t schema_snapshot::generation() const noexcept {
    return content_->header.generation;
}

schema_snapshot::time_point schema_snapshot::taken_at() const noexcept {
    return taken_at_;
}

schema_snapshot::time_point schema_snapshot::read_at() const noexcept {
    using clock = std::chrono::system_clock;
    return clock::time_point(std::chrono::duration_cast<clock::duration>(
        std::chrono::nanoseconds(content_->header.taken_at)
    ));
}

std::chrono::nanoseconds schema_snapshot::age() const noexcept {
    // A clock that was set back must not make a negative age.
    const auto age = std::chrono::system_clock::now() - taken_at();
    return std::max(std::chrono::nanoseconds(age), std::chrono::nanoseconds(0));
}

std::string_view schema_snapshot::config_hash() const noexcept {
    return content_->text(content_->header.config_hash);
}

std::string_view schema_snapshot::digest() const noexcept {
    return content_->text(content_->header.digest);
}

std::vector<std::string_view> schema_snapshot::catalogs() const {
    std::vector<std::string_view> out;
    schema::text_id last = 0;
    for (const auto& t : content_->tables) {
        if (t.catalog == last) continue;
        last = t.catalog;
        out.push_back(content_->text(last));
    }
    return out;
}

std::uint32_t schema_snapshot::table_count() const noexcept {
    return static_cast<std::uint32_t>(content_->tables.size());
}
std::uint64_t schema_snapshot::column_count() const noexcept {
    return content_->columns.size();
}
table_view schema_snapshot::table(std::uint32_t i) const noexcept {
    return {*this, i};
}

std::optional<table_view> schema_snapshot::find(std::string_view name) const {
    const auto exact = [](std::string_view a, std::string_view b) { return a == b; };
    for (std::uint32_t i = 0; i < table_count(); ++i) {
        if (is_called(*content_, record(*this, i), name, exact)) return table(i);
    }
    // Folding keeps lengths, so that the same cuts apply.
    const std::string wanted = schema::fold(name);
    const auto folded = [](std::string_view a, std::string_view b) { return a == schema::fold(b); };
    for (std::uint32_t i = 0; i < table_count(); ++i) {
        if (is_called(*content_, record(*this, i), wanted, folded)) return table(i);
    }
    return std::nullopt;
}

}  // namespace qry
