#include <simdjson.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <cctype>
#include <optional>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>
#include <qry/kit/json/reader.hpp>
#include <qry/kit/text/trim.hpp>

#include "problem.hpp"
#include "scalar.hpp"

namespace qry::json {

namespace ondemand = simdjson::ondemand;

static_assert(padding >= simdjson::SIMDJSON_PADDING);

namespace {

// What simdjson itself found wrong; caught where rows are taken, and never seen outside.
using json_failure = simdjson::simdjson_error;

// Sixteen bytes at a time: behind every text of a page there is room to read.
bool has_backslash(std::string_view text) noexcept {
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi8('\\');
    const char* at = text.data();
    const char* const end = at + text.size();
    for (; at + 16 <= end; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) != 0) return true;
    }
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const unsigned found = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)));
    return (found & ((1U << (end - at)) - 1)) != 0;
#else
    return text.find('\\') != std::string_view::npos;
#endif
}

}  // namespace

struct row_reader::impl {
    impl(std::vector<column> of, row_shape r, row_shape s, limits b)
        : columns(std::move(of)), rows(r), structs(s), bounds(b) {
        row.children.resize(columns.size());
        for (std::size_t i = 0; i < columns.size(); ++i)
            plan(row.children[i], columns[i]);
    }

    static void plan(cell& c, const column& of) {
        choose(c, of);
        c.children.resize(of.children.size());
        for (std::size_t i = 0; i < of.children.size(); ++i)
            plan(c.children[i], of.children[i]);
    }
    static void bind(cell& c, arrow::column_builder& to) {
        c.builder = &to;
        if (c.children.empty()) return;
        const auto builders = to.children();
        for (std::size_t i = 0; i < c.children.size(); ++i)
            bind(c.children[i], *builders[i]);
    }
    void bind(arrow::batch_builder& to) {
        for (std::size_t i = 0; i < columns.size(); ++i)
            bind(row.children[i], to.column(i));
    }

    void read(ondemand::value v, cell& to);
    void read_scalar(ondemand::value v, std::string_view token, cell& to);
    void read_raw(ondemand::value v, std::string_view token, cell& to);
    void append(std::string_view text, bool quoted, cell& to);
    void read_list(ondemand::value v, cell& to);
    void read_struct(ondemand::value v, cell& to);
    void read_map(ondemand::value v, cell& to);
    void read_fields(ondemand::array from, cell& to);
    void read_fields(ondemand::object from, cell& to);
    void read_row(ondemand::value v);

    const std::vector<column> columns;
    const row_shape rows;
    const row_shape structs;
    const limits bounds;
    // The row as a cell whose children are the columns.
    cell row;
    ondemand::parser parser;
    ondemand::document document;
    std::optional<ondemand::array> list;
    std::optional<ondemand::array_iterator> at;
    std::optional<ondemand::array_iterator> end;
    std::uint64_t number = 0;
    std::uint64_t stamp = 0;
};

void row_reader::impl::append(std::string_view text, bool quoted, cell& to) {
    if (!to.append(text, quoted, to)) throw bad_value{to.plan, std::string(text.substr(0, 80))};
}

// The token of a scalar reaches to the next structural character, and simdjson has checked UTF-8
// and control characters of all of it. A string without a backslash is what it holds.
void row_reader::impl::read_scalar(ondemand::value v, std::string_view token, cell& to) {
    const char first = token.empty() ? '\0' : token[0];
    if (first != '"') {
        if (token.empty()) throw bad_value{to.plan, {}};
        if (first == '{' || first == '[') {
            throw bad_value{to.plan, first == '{' ? "an object" : "an array"};
        }
        append(token, false, to);
        return;
    }
    if (token.size() >= 2 && token.back() == '"' && !has_backslash(token)) {
        append(token.substr(1, token.size() - 2), true, to);
    } else {
        append(v.get_string().value(), true, to);
    }
}

void row_reader::impl::read_raw(ondemand::value v, std::string_view token, cell& to) {
    auto& out = static_cast<arrow::binary_builder&>(*to.builder);
    if (token.starts_with('{')) {
        out.append(text::trimmed(v.get_object().value().raw_json().value()));
    } else if (token.starts_with('[')) {
        out.append(text::trimmed(v.get_array().value().raw_json().value()));
    } else if (token.starts_with('"')) {
        // A string's text, not its quotes: what a text column shows.
        out.append(v.get_string().value());
    } else {
        out.append(token);
    }
}

void row_reader::impl::read(ondemand::value v, cell& to) {
    std::string_view token = v.raw_json_token();
    // Blanks are the exception.
    if (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') {
        token = text::trimmed(token);
    }
    if (token == "null") {
        to.builder->append_null();
        return;
    }
    switch (to.kind) {
        case nesting::scalar:
            return read_scalar(v, token, to);
        case nesting::raw:
            return read_raw(v, token, to);
        case nesting::list:
            return read_list(v, to);
        case nesting::structure:
            return read_struct(v, to);
        case nesting::map:
            return read_map(v, to);
    }
}

void row_reader::impl::read_list(ondemand::value v, cell& to) {
    ondemand::array items;
    if (v.get_array().get(items) != simdjson::SUCCESS) throw bad_value{to.plan, "no array"};
    static_cast<arrow::list_builder&>(*to.builder).append();
    for (auto item : items)
        read(item.value(), to.children[0]);
}

void row_reader::impl::read_struct(ondemand::value v, cell& to) {
    if (structs == row_shape::array) {
        ondemand::array from;
        if (v.get_array().get(from) != simdjson::SUCCESS) throw bad_value{to.plan, "no array"};
        read_fields(from, to);
    } else {
        ondemand::object from;
        if (v.get_object().get(from) != simdjson::SUCCESS) throw bad_value{to.plan, "no object"};
        read_fields(from, to);
    }
    static_cast<arrow::struct_builder&>(*to.builder).append();
}

void row_reader::impl::read_map(ondemand::value v, cell& to) {
    ondemand::object from;
    if (v.get_object().get(from) != simdjson::SUCCESS) throw bad_value{to.plan, "no object"};
    static_cast<arrow::map_builder&>(*to.builder).append();
    for (auto field : from) {
        const std::string_view key = field.unescaped_key().value();
        append(key, true, to.children[0]);
        read(field.value(), to.children[1]);
    }
}

void row_reader::impl::read_fields(ondemand::array from, cell& to) {
    std::size_t i = 0;
    for (auto item : from) {
        if (i == to.children.size()) throw wrong_width{to.plan, i + 1, to.children.size()};
        read(item.value(), to.children[i]);
        ++i;
    }
    if (i != to.children.size()) throw wrong_width{to.plan, i, to.children.size()};
}

// Keys come in the same order row after row: each is looked for behind the last.
void row_reader::impl::read_fields(ondemand::object from, cell& to) {
    const std::uint64_t now = ++stamp;
    const std::size_t count = to.children.size();
    std::size_t next = 0;
    for (auto field : from) {
        const std::string_view key = field.unescaped_key().value();
        std::size_t found = count;
        for (std::size_t k = 0; k < count && found == count; ++k) {
            const std::size_t i = (next + k) % count;
            if (to.children[i].plan->name == key) found = i;
        }
        if (found == count) continue;
        cell& child = to.children[found];
        if (child.seen == now) throw bad_value{child.plan, "a member that comes twice"};
        child.seen = now;
        next = found + 1;
        read(field.value(), child);
    }
    for (cell& child : to.children) {
        if (child.seen != now) child.builder->append_null();
    }
}

void row_reader::impl::read_row(ondemand::value v) {
    if (rows == row_shape::array) {
        ondemand::array from;
        if (v.get_array().get(from) != simdjson::SUCCESS) throw bad_value{nullptr, "no array"};
        read_fields(from, row);
    } else {
        ondemand::object from;
        if (v.get_object().get(from) != simdjson::SUCCESS) throw bad_value{nullptr, "no object"};
        read_fields(from, row);
    }
}

row_reader::row_reader(
    std::vector<column> columns, row_shape rows, row_shape structs, limits bounds
)
    : impl_(std::make_unique<impl>(std::move(columns), rows, structs, bounds)) {}

row_reader::~row_reader() = default;

result<void> row_reader::begin(std::string_view page) {
    impl& i = *impl_;
    i.at.reset();
    i.end.reset();
    i.number = 0;
    if (page.size() > i.bounds.bytes) return too_large(page.size(), i.bounds.bytes);
    try {
        const auto depth = static_cast<std::size_t>(i.bounds.depth);
        if (i.parser.max_depth() != depth) {
            const auto failed = i.parser.allocate(page.size(), depth);
            if (failed != simdjson::SUCCESS) throw json_failure(failed);
        }
        i.document = i.parser.iterate(page.data(), page.size(), page.size() + padding).value();
        i.list = i.document.get_array().value();
        i.at = i.list->begin().value();
        i.end = i.list->end().value();
    } catch (const json_failure& why) {
        return malformed(0, why.what());
    }
    return {};
}

result<bool> row_reader::take(arrow::batch_builder& into) {
    impl& i = *impl_;
    if (!i.at) return false;
    i.bind(into);
    try {
        bool room = !into.full();
        while (*i.at != *i.end) {
            if (!room) return true;
            ++i.number;
            i.read_row((**i.at).value());
            room = into.end_row();
            ++*i.at;
        }
        i.at.reset();
        const char* rest = nullptr;
        if (i.document.current_location().get(rest) == simdjson::SUCCESS) {
            return malformed(i.number, "there is more behind the rows");
        }
        return false;
    } catch (const json_failure& why) {
        return malformed(i.number, why.what());
    } catch (const bad_value& why) {
        return wrong_value(i.number, why);
    } catch (const wrong_width& why) {
        return wrong_count(i.number, why);
    } catch (const arrow::column_full&) {
        return error{
            .kind = status::resource_limit,
            .message = "row " + std::to_string(i.number) + " has more text than a batch can hold"};
    }
}

}  // namespace qry::json
