#include <algorithm>
#include <compare>
#include <string>
#include <tuple>
#include <vector>

#include <qry/schema.hpp>

namespace qry {

namespace {

using object = schema_change::object;

// NULL sorts before every text, as in the snapshot.
auto place(const table_view& t) {
    return std::tuple(t.catalog(), t.schema());
}
auto key(const table_view& t) {
    return std::tuple(t.catalog(), t.schema(), t.name());
}

// A table without columns resembles every other such table, which says nothing.
bool same_signature(const table_view& a, const table_view& b) {
    if (a.column_count() == 0 || a.column_count() != b.column_count()) return false;
    for (std::uint32_t i = 0; i < a.column_count(); ++i) {
        const auto x = a.column(i);
        const auto y = b.column(i);
        if (x.name != y.name || x.type != y.type) return false;
    }
    return true;
}

class comparison {
public:
    comparison(const schema_snapshot& before, const schema_snapshot& now)
        : before_(before), now_(now) {
        with_catalog_ = before.catalogs().size() > 1 || now.catalogs().size() > 1;
    }

    schema_diff run() {
        pair_tables();
        pair_renamed();
        for (const auto& t : gone_)
            out_.removed.push_back({object::table, name(t), {}, {}});
        for (const auto& t : come_)
            out_.added.push_back({object::table, name(t), {}, {}});
        return std::move(out_);
    }

private:
    std::string name(const table_view& t) const {
        std::string out;
        if (with_catalog_ && t.catalog()) out += std::string(*t.catalog()) + '.';
        if (t.schema()) out += std::string(*t.schema()) + '.';
        return out.append(t.name());
    }
    std::string name(const table_view& t, const column_view& c) const {
        return (name(t) += '.').append(c.name);
    }

    // Both sides are sorted: one walk finds what is in both.
    void pair_tables() {
        std::uint32_t i = 0;
        std::uint32_t j = 0;
        while (i < before_.table_count() && j < now_.table_count()) {
            const auto a = before_.table(i);
            const auto b = now_.table(j);
            const auto order = key(a) <=> key(b);
            if (order == 0) compare_tables(a, b);
            if (order < 0) gone_.push_back(a);
            if (order > 0) come_.push_back(b);
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        for (; i < before_.table_count(); ++i)
            gone_.push_back(before_.table(i));
        for (; j < now_.table_count(); ++j)
            come_.push_back(now_.table(j));
    }

    // Within a schema, the first that resembles is taken; each at most once.
    void pair_renamed() {
        std::vector<table_view> still_gone;
        for (const auto& a : gone_) {
            const auto b = std::find_if(come_.begin(), come_.end(), [&](const table_view& t) {
                return place(t) == place(a) && same_signature(a, t);
            });
            if (b == come_.end()) {
                still_gone.push_back(a);
                continue;
            }
            out_.renamed.push_back({object::table, name(*b), name(a), name(*b)});
            compare_tables(a, *b);
            come_.erase(b);
        }
        gone_ = std::move(still_gone);
    }

    void compare_tables(const table_view& a, const table_view& b) {
        if (a.kind() != b.kind()) {
            out_.changed.push_back(
                {object::table, name(b), std::string(a.kind()), std::string(b.kind())}
            );
        }
        compare_columns(a, b);
    }

    void compare_columns(const table_view& a, const table_view& b) {
        auto gone = columns(a);
        std::vector<column_view> come;
        for (const auto& now : columns(b)) {
            const auto same = std::find_if(gone.begin(), gone.end(), [&](const auto& c) {
                return c.name == now.name;
            });
            if (same == gone.end()) {
                come.push_back(now);
                continue;
            }
            compare_column(b, *same, now);
            gone.erase(same);
        }
        for (const auto& now : come) {
            const auto old = std::find_if(gone.begin(), gone.end(), [&](const auto& c) {
                return c.ordinal == now.ordinal && c.type == now.type;
            });
            if (old == gone.end()) {
                out_.added.push_back({object::column, name(b, now), {}, {}});
                continue;
            }
            out_.renamed.push_back({object::column, name(b, now), name(a, *old), name(b, now)});
            compare_column(b, *old, now);
            gone.erase(old);
        }
        for (const auto& c : gone)
            out_.removed.push_back({object::column, name(a, c), {}, {}});
    }

    void compare_column(const table_view& t, const column_view& a, const column_view& b) {
        if (a.type != b.type) {
            out_.changed.push_back(
                {object::column, name(t, b), std::string(a.type), std::string(b.type)}
            );
        }
        if (a.nullable != b.nullable) {
            const auto word = [](bool nullable) { return nullable ? "null" : "not null"; };
            out_.changed.push_back({object::column, name(t, b), word(a.nullable), word(b.nullable)}
            );
        }
    }

    static std::vector<column_view> columns(const table_view& t) {
        std::vector<column_view> out;
        out.reserve(t.column_count());
        for (std::uint32_t i = 0; i < t.column_count(); ++i)
            out.push_back(t.column(i));
        return out;
    }

    const schema_snapshot& before_;
    const schema_snapshot& now_;
    bool with_catalog_ = false;
    std::vector<table_view> gone_;
    std::vector<table_view> come_;
    schema_diff out_;
};

}  // namespace

schema_diff compare(const schema_snapshot& before, const schema_snapshot& now) {
    if (&before.content() == &now.content()) return {};
    return comparison(before, now).run();
}

}  // namespace qry
