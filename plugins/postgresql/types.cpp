#include "types.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace qry::postgresql {

namespace {

struct built_in {
    oid id;
    std::string_view name;
    oid element;
};

// Base types that need no catalog; ordered by id. Those without a decoder of their own come as
// text.
constexpr std::array built_ins{
    built_in{16, "boolean", 0},
    built_in{17, "bytea", 0},
    built_in{18, "\"char\"", 0},
    built_in{19, "name", 0},
    built_in{20, "bigint", 0},
    built_in{21, "smallint", 0},
    // Arrays by their catalog entry, but with a lower bound of 0: text says it best.
    built_in{22, "int2vector", 0},
    built_in{23, "integer", 0},
    built_in{24, "regproc", 0},
    built_in{25, "text", 0},
    built_in{26, "oid", 0},
    built_in{27, "tid", 0},
    built_in{28, "xid", 0},
    built_in{29, "cid", 0},
    built_in{30, "oidvector", 0},
    built_in{114, "json", 0},
    built_in{142, "xml", 0},
    built_in{143, "xml[]", 142},
    built_in{199, "json[]", 114},
    built_in{600, "point", 0},
    built_in{650, "cidr", 0},
    built_in{651, "cidr[]", 650},
    built_in{700, "real", 0},
    built_in{701, "double precision", 0},
    built_in{705, "unknown", 0},
    built_in{774, "macaddr8", 0},
    built_in{775, "macaddr8[]", 774},
    built_in{790, "money", 0},
    built_in{829, "macaddr", 0},
    built_in{869, "inet", 0},
    built_in{1000, "boolean[]", 16},
    built_in{1001, "bytea[]", 17},
    built_in{1003, "name[]", 19},
    built_in{1005, "smallint[]", 21},
    built_in{1007, "integer[]", 23},
    built_in{1009, "text[]", 25},
    built_in{1014, "character[]", 1042},
    built_in{1015, "character varying[]", 1043},
    built_in{1016, "bigint[]", 20},
    built_in{1021, "real[]", 700},
    built_in{1022, "double precision[]", 701},
    built_in{1028, "oid[]", 26},
    built_in{1040, "macaddr[]", 829},
    built_in{1041, "inet[]", 869},
    built_in{1042, "character", 0},
    built_in{1043, "character varying", 0},
    built_in{1082, "date", 0},
    built_in{1083, "time without time zone", 0},
    built_in{1114, "timestamp without time zone", 0},
    built_in{1115, "timestamp without time zone[]", 1114},
    built_in{1182, "date[]", 1082},
    built_in{1183, "time without time zone[]", 1083},
    built_in{1184, "timestamp with time zone", 0},
    built_in{1185, "timestamp with time zone[]", 1184},
    built_in{1186, "interval", 0},
    built_in{1187, "interval[]", 1186},
    built_in{1231, "numeric[]", 1700},
    built_in{1266, "time with time zone", 0},
    built_in{1270, "time with time zone[]", 1266},
    built_in{1560, "bit", 0},
    built_in{1561, "bit[]", 1560},
    built_in{1562, "bit varying", 0},
    built_in{1563, "bit varying[]", 1562},
    built_in{1700, "numeric", 0},
    built_in{2205, "regclass", 0},
    built_in{2206, "regtype", 0},
    built_in{2249, "record", 0},
    built_in{2278, "void", 0},
    built_in{2950, "uuid", 0},
    built_in{2951, "uuid[]", 2950},
    built_in{3614, "tsvector", 0},
    built_in{3615, "tsquery", 0},
    built_in{3802, "jsonb", 0},
    built_in{3807, "jsonb[]", 3802},
    built_in{5069, "xid8", 0}};

const std::map<oid, type_shape>& built_in_shapes() {
    static const std::map<oid, type_shape> shapes = [] {
        std::map<oid, type_shape> all;
        for (const built_in& b : built_ins) {
            all.emplace(b.id, type_shape{.name = std::string(b.name), .element = b.element});
        }
        return all;
    }();
    return shapes;
}

template <class T>
bool read_number(const cell& c, T& out) {
    if (c.data == nullptr) return false;
    const std::string_view t = c.text();
    const auto [end, failure] = std::from_chars(t.data(), t.data() + t.size(), out);
    return failure == std::errc() && end == t.data() + t.size();
}

std::string parentheses(std::int64_t n) {
    return "(" + std::to_string(n) + ")";
}

// "timestamp(3) with time zone": the modifier goes behind the first word.
std::string with_precision(std::string_view name, std::int32_t modifier) {
    const std::size_t space = name.find(' ');
    return std::string(name.substr(0, space)) + parentheses(modifier) +
           std::string(space == std::string_view::npos ? "" : name.substr(space));
}

}  // namespace

const type_shape* type_catalog::find(oid which) const noexcept {
    const auto& fixed = built_in_shapes();
    if (const auto found = fixed.find(which); found != fixed.end()) return &found->second;
    const auto found = known_.find(which);
    return found != known_.end() ? &found->second : nullptr;
}

void type_catalog::collect(oid which, std::vector<oid>& out, int depth) const {
    // Deeper than any real type; a cycle cannot be made, but a server can claim one.
    if (depth > 32) return;
    const type_shape* shape = find(which);
    if (shape == nullptr) {
        if (std::find(out.begin(), out.end(), which) == out.end()) out.push_back(which);
        return;
    }
    if (shape->element != 0) collect(shape->element, out, depth + 1);
    if (shape->base != 0) collect(shape->base, out, depth + 1);
    for (const composite_field& f : shape->fields)
        collect(f.type, out, depth + 1);
}

std::vector<oid> type_catalog::missing(std::span<const column_description> columns) const {
    std::vector<oid> out;
    for (const column_description& c : columns)
        collect(c.type, out, 0);
    return out;
}

namespace {

// Objects made by initdb have lower numbers.
constexpr std::string_view all_needed =
    "with recursive need(id) as ("
    "select distinct a.atttypid from pg_catalog.pg_attribute a "
    "where a.atttypid >= 16384 and a.attnum > 0 and not a.attisdropped "
    "and coalesce(pg_catalog.array_length($1::oid[], 1), 0) = 0 union ";

constexpr std::string_view those_needed =
    "with recursive need(id) as (select unnest($1::oid[]) union ";

constexpr std::string_view follow =
    "select r.id from need n join pg_catalog.pg_type t on t.oid = n.id "
    "cross join lateral ("
    "select t.typelem where t.typcategory = 'A' union all select t.typbasetype union all "
    "select a.atttypid from pg_catalog.pg_attribute a "
    "where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 "
    "and not a.attisdropped) r(id) where r.id <> 0) "
    "select t.oid, pg_catalog.format_type(t.oid, null), t.typtype, "
    "case when t.typcategory = 'A' and t.typlen = -1 then t.typelem else 0 end, "
    "t.typbasetype, t.typtypmod, a.attname, a.atttypid, a.atttypmod "
    "from need join pg_catalog.pg_type t on t.oid = need.id "
    "left join pg_catalog.pg_attribute a on t.typtype = 'c' and a.attrelid = t.typrelid "
    "and a.attnum > 0 and not a.attisdropped order by t.oid, a.attnum";

}  // namespace

std::string_view type_catalog::lookup_sql() noexcept {
    static const std::string sql = std::string(those_needed) + std::string(follow);
    return sql;
}

std::string_view type_catalog::lookup_all_sql() noexcept {
    static const std::string sql = std::string(all_needed) + std::string(follow);
    return sql;
}

bool type_catalog::add(std::span<const cell> row) {
    oid id = 0;
    if (row.size() != lookup_columns || !read_number(row[0], id) || row[2].size != 1) return false;
    type_shape& shape = known_[id];
    if (shape.name.empty()) {
        shape.name = row[1].text();
        shape.kind = row[2].text()[0];
        if (!read_number(row[3], shape.element) || !read_number(row[4], shape.base) ||
            !read_number(row[5], shape.base_modifier)) {
            return false;
        }
    }
    if (row[6].data == nullptr) return true;
    composite_field f;
    f.name = row[6].text();
    if (!read_number(row[7], f.type) || !read_number(row[8], f.type_modifier)) return false;
    shape.fields.push_back(std::move(f));
    return true;
}

void type_catalog::merge(type_catalog&& other) {
    known_.merge(other.known_);
}

void type_catalog::add_unknown(oid which) {
    known_.try_emplace(which, type_shape{.name = "type " + std::to_string(which), .kind = 'p'});
}

std::string type_catalog::display_name(oid which, std::int32_t modifier) const {
    const type_shape* shape = find(which);
    if (shape == nullptr) return "type " + std::to_string(which);
    if (modifier < 0) return shape->name;
    switch (which) {
        case type::numeric: {
            const auto m = read_numeric_modifier(modifier);
            if (!m) return shape->name;
            return "numeric(" + std::to_string(m->precision) + "," + std::to_string(m->scale) + ")";
        }
        case type::bpchar:
        case type::varchar:
            return shape->name + parentheses(modifier - 4);
        case type::bit:
        case type::varbit:
            return shape->name + parentheses(modifier);
        case type::time:
        case type::timetz:
        case type::timestamp:
        case type::timestamptz:
            return with_precision(shape->name, modifier);
        default:
            return shape->name;
    }
}

std::optional<numeric_modifier> read_numeric_modifier(std::int32_t modifier) noexcept {
    if (modifier < 4) return std::nullopt;
    const std::int32_t packed = modifier - 4;
    // What a server can be told to make; something else comes from one that is none.
    constexpr int most_precision = 1000;
    const int precision = packed >> 16;
    if (precision < 1 || precision > most_precision) return std::nullopt;
    // Eleven bits with a sign since 15; before, the sign bit was never set.
    const int scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
    return numeric_modifier{precision, scale};
}

}  // namespace qry::postgresql
