// The types of a database as far as a session knows them: built-in ones from a table, the others
// (composites, domains, enums, ranges, those of extensions) as the catalog describes them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "messages.hpp"

namespace qry::postgresql {

struct composite_field {
    std::string name;
    oid type = 0;
    std::int32_t type_modifier = -1;
};

struct type_shape {
    std::string name;
    // pg_type.typtype: b base, c composite, d domain, e enum, r range, m multirange, p pseudo.
    char kind = 'b';
    // Of an array; else 0.
    oid element = 0;
    // Of a domain; else 0.
    oid base = 0;
    std::int32_t base_modifier = -1;
    std::vector<composite_field> fields;
};

// OIDs of the types that are decoded in a way of their own.
namespace type {
inline constexpr oid boolean = 16, bytea = 17, name = 19, int8 = 20, int2 = 21, int4 = 23;
inline constexpr oid text = 25, object_id = 26, xid = 28, cid = 29, json = 114, xml = 142;
inline constexpr oid cidr = 650, float4 = 700, float8 = 701, unknown = 705, macaddr8 = 774;
inline constexpr oid macaddr = 829, inet = 869, bpchar = 1042, varchar = 1043, date = 1082;
inline constexpr oid time = 1083, timestamp = 1114, timestamptz = 1184, interval = 1186;
inline constexpr oid timetz = 1266, bit = 1560, varbit = 1562, numeric = 1700, uuid = 2950;
inline constexpr oid jsonb = 3802, xid8 = 5069;
}  // namespace type

class type_catalog {
public:
    // NULL = not known yet: look it up.
    [[nodiscard]] const type_shape* find(oid which) const noexcept;
    // Those of the columns, and of what is in them, that find() does not know; without repeats.
    [[nodiscard]] std::vector<oid> missing(std::span<const column_description> columns) const;
    // Remembers one row of lookup_sql(), for a catalog that was empty before: what it finds may be
    // known already, so a session merges it afterwards. False when the row is not what was asked
    // for.
    [[nodiscard]] bool add(std::span<const cell> row);
    // What this catalog knows already wins.
    void merge(type_catalog&& other);
    // What the catalog has no row for: dropped meanwhile, shown as text from now on.
    void add_unknown(oid which);
    void clear() noexcept { known_.clear(); }

    // One argument: the OIDs as an array in text form. Follows elements, base types and fields.
    [[nodiscard]] static std::string_view lookup_sql() noexcept;
    // The same for all types of an extension or a user that some column has; the argument is
    // ignored.
    [[nodiscard]] static std::string_view lookup_all_sql() noexcept;
    static constexpr std::size_t lookup_columns = 9;

    // "numeric(12,2)", "character varying(20)", "timestamp(3) with time zone", "public.mood[]".
    [[nodiscard]] std::string display_name(oid which, std::int32_t modifier) const;

private:
    void collect(oid which, std::vector<oid>& out, int depth) const;

    // Not thread-safe
    std::map<oid, type_shape> known_;
};

// Precision and scale of a numeric's modifier; nothing when none is declared, or none that can be.
struct numeric_modifier {
    // 1 to 1000.
    int precision;
    // May be negative, or greater than the precision.
    int scale;
};
[[nodiscard]] std::optional<numeric_modifier> read_numeric_modifier(std::int32_t modifier) noexcept;

}  // namespace qry::postgresql
