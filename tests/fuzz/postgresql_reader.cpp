// The PostgreSQL driver's reader against a server that says anything. Input:
//
//   0  bit 0: texts unchecked; bit 1: infinity = null; bits 2-3: numeric = text | double |
//      decimal(12,2) | decimal(50,10); bit 4: the server describes the columns;
//      bit 5: a byte at a time rather than cut once
//   1  rows of a batch; 0 = the greatest number
//   2  where the bytes are cut, two bytes
//   4  number of columns, then for each: type (into `types` below), modifier (into `modifiers`)
//   …  what the server says
#include <array>
#include <numeric>
#include <vector>

#include <qry/kit/arrow/validate.hpp>

#include "fuzz.hpp"
#include "reader_rig.hpp"

namespace {

using namespace qry;
using namespace qry::postgresql;

constexpr oid mood = 20'000, moods = 20'001, point = 20'002, points = 20'003, person = 20'004,
              price = 20'005, unseen = 20'006;

constexpr std::array<oid, 53> types{
    16,   17,   18,   19,   20,   21,    23,    25,     26,     28,    114,   142,  600,  650,
    700,  701,  774,  790,  829,  869,   1000,  1001,   1005,   1007,  1009,  1016, 1021, 1022,
    1041, 1042, 1082, 1083, 1114, 1115,  1182,  1184,   1186,   1187,  1231,  1266, 1270, 1560,
    1562, 1700, 2950, 3802, mood, moods, point, points, person, price, unseen};

constexpr std::array<std::int32_t, 8> modifiers{
    -1,
    4 + (12 << 16 | 2),
    4 + (38 << 16 | 10),
    4 + (76 << 16 | 20),
    4 + (5 << 16 | 0x7fe),  // numeric(5,-2)
    4 + (3 << 16 | 5),
    4 + (1000 << 16 | 100),
    3};

struct catalog_row {
    const char* id;
    const char* name;
    const char* kind;
    const char* element;
    const char* base;
    const char* base_modifier;
    const char* field;
    const char* field_type;
};

type_catalog known_types() {
    constexpr catalog_row rows[] = {
        {"20000", "mood", "e", "0", "0", "-1", nullptr, nullptr},
        {"20001", "mood[]", "b", "20000", "0", "-1", nullptr, nullptr},
        {"20002", "point", "c", "0", "0", "-1", "x", "23"},
        {"20002", "point", "c", "0", "0", "-1", "y", "1700"},
        {"20003", "point[]", "b", "20002", "0", "-1", nullptr, nullptr},
        {"20004", "person", "c", "0", "0", "-1", "name", "25"},
        {"20004", "person", "c", "0", "0", "-1", "home", "20002"},
        {"20004", "person", "c", "0", "0", "-1", "tags", "1009"},
        {"20005", "price", "d", "0", "1700", "786438", nullptr, nullptr},
    };
    const auto as_cell = [](const char* text) {
        if (text == nullptr) return cell{};
        const std::string_view view(text);
        return cell{
            reinterpret_cast<const std::uint8_t*>(view.data()),
            static_cast<std::uint32_t>(view.size())};
    };
    type_catalog catalog;
    for (const catalog_row& r : rows) {
        const std::array<cell, type_catalog::lookup_columns> cells{
            as_cell(r.id),
            as_cell(r.name),
            as_cell(r.kind),
            as_cell(r.element),
            as_cell(r.base),
            as_cell(r.base_modifier),
            as_cell(r.field),
            as_cell(r.field_type),
            as_cell("-1")};
        fuzz::require(catalog.add(cells), "the catalog of this target is well-formed");
    }
    return catalog;
}

test::reading read_plan(std::uint8_t flags) {
    static const type_catalog catalog = known_types();
    test::reading out{.types = &catalog};
    out.check_text = (flags & 1) == 0;
    out.how.infinity = (flags & 2) != 0 ? infinity_mode::null : infinity_mode::error;
    constexpr std::array<numeric_mode, 4> numerics{
        numeric_mode{},
        numeric_mode{.how = numeric_mode::kind::floating},
        numeric_mode{.how = numeric_mode::kind::decimal, .precision = 12, .scale = 2},
        numeric_mode{.how = numeric_mode::kind::decimal, .precision = 50, .scale = 10}};
    out.how.numeric = numerics[flags >> 2 & 3];
    out.described = (flags & 16) != 0;
    return out;
}

void check(const test::reading& what, const test::heard& h) {
    for (const unique_array& batch : h.batches) {
        const auto valid = arrow::validate(h.type, *batch.get());
        // The server vouches for its texts unless they are to be checked.
        fuzz::require(
            valid.has_value() ||
                (!what.check_text && valid.error().message.find("UTF-8") != std::string::npos),
            "a batch is what its type says"
        );
    }
}

void check_same(const test::heard& a, const test::heard& b) {
    fuzz::require(a.events == b.events, "what happens does not depend on how bytes are cut");
    fuzz::require(a.batches.size() == b.batches.size(), "batches do not depend on cuts");
    for (std::size_t i = 0; i < a.batches.size(); ++i) {
        fuzz::require(
            test::fingerprint(a.type, *a.batches[i].get()) ==
                test::fingerprint(b.type, *b.batches[i].get()),
            "rows do not depend on cuts"
        );
    }
}

}  // namespace

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    pieces in(input);
    const std::uint8_t flags = in.number();
    test::reading what = read_plan(flags);
    what.limit.rows = in.number();
    const std::size_t high = in.number();
    const std::size_t at = high << 8 | in.number();
    const int columns = in.number() % 9;
    for (int i = 0; i < columns; ++i) {
        const oid type = types[in.number() % types.size()];
        what.columns.push_back({"c", type, modifiers[in.number() % modifiers.size()]});
    }
    const auto said = in.rest();
    std::vector<std::size_t> cuts;
    if ((flags & 32) != 0 && said.size() < 200) {
        cuts.resize(said.size());
        std::iota(cuts.begin(), cuts.end(), 0);
    } else {
        cuts.push_back(at % (said.size() + 1));
    }
    const test::heard whole = test::listen(what, said, {}, test::frames::copied);
    check(what, whole);
    check_same(whole, test::listen(what, said, cuts));
}
