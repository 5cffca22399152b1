#include <utility>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>
#include <qry/kit/json/members.hpp>
#include <qry/kit/json/reader.hpp>

#include "problem.hpp"
#include "scalar.hpp"
#include "tokens.hpp"

namespace qry::json {

namespace {

// Apart from what runs for each cell, which needs no room for a string then.
[[noreturn, gnu::cold, gnu::noinline]] void refuse(const cell& to, std::string_view found) {
    throw bad_value{to.plan, std::string(found.substr(0, 80))};
}

[[noreturn, gnu::cold, gnu::noinline]] void refuse_token(const cell& to, char first) {
    switch (first) {
        case '{':
            refuse(to, "an object");
        case '[':
            refuse(to, "an array");
        case '\0':
            throw bad_syntax{"the text ends where a value should be"};
        default:
            throw bad_syntax{"a value is missing"};
    }
}

constexpr bool begins_scalar(char c) noexcept {
    return c != ',' && c != ']' && c != '[' && c != '{' && c != '}' && c != ':' && c != '\0';
}

// Steps over it.
inline void read_scalar(token_walk& at, cell& to) {
    const char first = at.peek();
    const std::string_view token = at.token();
    if (first == '"') {
        const std::string_view text = at.string(token);
        if (!to.append(text, true, to)) refuse(to, text);
    } else {
        if (!begins_scalar(first)) refuse_token(to, first);
        if (first == 'n' && token == "null") {
            to.builder->append_null();
        } else if (!to.append(token, false, to)) {
            refuse(to, token);
        }
    }
    at.step();
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

    void read(cell& to);
    void read_raw(cell& to);
    void read_list(cell& to);
    void read_struct(cell& to);
    void read_map(cell& to);
    void read_key(std::string_view key, cell& to);
    void read_items(cell& to);
    void read_members(cell& to);
    void read_row();
    void start(token_walk from) {
        at = from;
        number = 0;
        expect_open('[', nullptr);
        under_way = true;
    }
    void expect_open(char bracket, const column* where) {
        if (at.take(bracket)) return;
        if (at.done()) throw bad_syntax{"the text ends too early"};
        throw bad_value{where, bracket == '[' ? "no array" : "no object"};
    }

    const std::vector<column> columns;
    const row_shape rows;
    const row_shape structs;
    const limits bounds;
    // The row as a cell whose children are the columns.
    cell row;
    // Of a page that comes as a text.
    token_list own;
    token_walk at;
    bool under_way = false;
    // Nothing may stand behind the rows.
    bool alone = false;
    std::uint64_t number = 0;
    std::uint64_t stamp = 0;
};

void row_reader::impl::read_raw(cell& to) {
    auto& out = static_cast<arrow::binary_builder&>(*to.builder);
    const std::string_view raw = at.skip(bounds.depth);
    // A string's text, not its quotes: what a text column shows.
    out.append(raw[0] == '"' ? at.string(raw) : raw);
}

void row_reader::impl::read(cell& to) {
    if (to.kind == nesting::scalar) return read_scalar(at, to);
    if (at.peek() == 'n' && at.token() == "null") {
        at.step();
        to.builder->append_null();
        return;
    }
    switch (to.kind) {
        case nesting::scalar:
            break;
        case nesting::raw:
            return read_raw(to);
        case nesting::list:
            return read_list(to);
        case nesting::structure:
            return read_struct(to);
        case nesting::map:
            return read_map(to);
    }
}

void row_reader::impl::read_list(cell& to) {
    expect_open('[', to.plan);
    static_cast<arrow::list_builder&>(*to.builder).append();
    for (bool first = true; at.next_item(first); first = false)
        read(to.children[0]);
}

void row_reader::impl::read_struct(cell& to) {
    structs == row_shape::array ? read_items(to) : read_members(to);
    static_cast<arrow::struct_builder&>(*to.builder).append();
}

// A name stands for any value; as raw JSON, it is its own text.
void row_reader::impl::read_key(std::string_view key, cell& to) {
    if (to.kind == nesting::raw) {
        static_cast<arrow::binary_builder&>(*to.builder).append(key);
    } else if (to.kind != nesting::scalar || !to.append(key, true, to)) {
        refuse(to, key);
    }
}

void row_reader::impl::read_map(cell& to) {
    expect_open('{', to.plan);
    static_cast<arrow::map_builder&>(*to.builder).append();
    std::string_view key;
    for (bool first = true; at.next_key(first, key); first = false) {
        read_key(key, to.children[0]);
        read(to.children[1]);
    }
}

void row_reader::impl::read_items(cell& to) {
    expect_open('[', to.plan);
    std::size_t count = 0;
    // A copy, which stays in registers while columns are called.
    token_walk here = at;
    for (cell& child : to.children) {
        if (!here.next_item(count == 0)) throw wrong_width{to.plan, count, to.children.size()};
        if (child.kind == nesting::scalar) {
            read_scalar(here, child);
        } else {
            at = here;
            read(child);
            here = at;
        }
        ++count;
    }
    if (here.next_item(count == 0)) throw wrong_width{to.plan, count + 1, to.children.size()};
    at = here;
}

// Keys come in the same order row after row: each is looked for behind the last.
void row_reader::impl::read_members(cell& to) {
    expect_open('{', to.plan);
    const std::uint64_t now = ++stamp;
    const std::size_t count = to.children.size();
    std::size_t next = 0;
    std::string_view key;
    for (bool first = true; at.next_key(first, key); first = false) {
        std::size_t found = count;
        for (std::size_t k = 0; k < count && found == count; ++k) {
            const std::size_t i = (next + k) % count;
            if (to.children[i].plan->name == key) found = i;
        }
        if (found == count) {
            (void)at.skip(bounds.depth);
            continue;
        }
        cell& child = to.children[found];
        if (child.seen == now) throw bad_value{child.plan, "a member that comes twice"};
        child.seen = now;
        next = found + 1;
        read(child);
    }
    for (cell& child : to.children) {
        if (child.seen != now) child.builder->append_null();
    }
}

void row_reader::impl::read_row() {
    rows == row_shape::array ? read_items(row) : read_members(row);
}

row_reader::row_reader(
    std::vector<column> columns, row_shape rows, row_shape structs, limits bounds
)
    : impl_(std::make_unique<impl>(std::move(columns), rows, structs, bounds)) {}

row_reader::~row_reader() = default;

result<void> row_reader::begin(std::string_view page) {
    impl& i = *impl_;
    i.under_way = false;
    if (page.size() > i.bounds.bytes) return too_large(page.size(), i.bounds.bytes);
    try {
        i.own.find(page);
        i.alone = true;
        i.start(token_walk(i.own, i.own.begin()));
    } catch (const bad_syntax& why) {
        return malformed(0, why.why);
    } catch (const bad_value& why) {
        return malformed(0, why.found);
    }
    return {};
}

result<void> row_reader::begin(document& in, std::uint32_t token) {
    impl& i = *impl_;
    i.under_way = false;
    try {
        i.alone = false;
        i.start(token_walk(*in.tokens_, in.tokens_->begin() + token));
    } catch (const bad_syntax& why) {
        return malformed(0, why.why);
    } catch (const bad_value& why) {
        return malformed(0, why.found);
    }
    return {};
}

result<bool> row_reader::take(arrow::batch_builder& into) {
    impl& i = *impl_;
    // Nothing more comes behind an error.
    if (!std::exchange(i.under_way, false)) return false;
    i.bind(into);
    try {
        bool room = !into.full();
        // Where it stopped is behind a row: its comma, or the end, is still to be read.
        while (i.at.peek() != ']') {
            if (!room) {
                i.under_way = true;
                return true;
            }
            // No bracket: true, or it throws.
            (void)i.at.next_item(i.number == 0);
            ++i.number;
            i.read_row();
            room = into.end_row();
        }
        i.at.step();
        if (i.alone && !i.at.done()) {
            return malformed(i.number, "there is more behind the rows");
        }
        return false;
    } catch (const bad_syntax& why) {
        return malformed(i.number, why.why);
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
