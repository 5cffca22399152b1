#include "schema/lookup.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "schema/data.hpp"

namespace qry::schema {

namespace {

using data = schema_snapshot::data;

// Finds the table a foreign key names. Texts are interned: equal names have equal numbers.
class resolver {
public:
    explicit resolver(const data& of) : of_(of) {
        by_name_.reserve(of.tables.size());
        for (std::uint32_t i = 0; i < of.tables.size(); ++i) {
            by_name_.emplace(of.tables[i].name, i);
        }
    }
    // NULL as catalog or schema of the reference means: the one of the referring table.
    std::uint32_t operator()(const key_record& k, const table_record& from) const {
        const text_id catalog = k.ref_catalog != 0 ? k.ref_catalog : from.catalog;
        const text_id schema = k.ref_schema != 0 ? k.ref_schema : from.schema;
        const auto [begin, end] = by_name_.equal_range(k.ref_table);
        for (auto it = begin; it != end; ++it) {
            const table_record& t = of_.tables[it->second];
            if (t.catalog == catalog && t.schema == schema) return it->second;
        }
        return lookup::no_table;
    }

private:
    const data& of_;
    std::unordered_multimap<text_id, std::uint32_t> by_name_;
};

}  // namespace

lookup::lookup(const data& of) {
    link(of);
}

void lookup::link(const data& of) {
    const auto count = static_cast<std::uint32_t>(of.tables.size());
    targets_.assign(of.keys.size(), no_table);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
    if (!of.keys.empty()) {
        const resolver resolve(of);
        for (std::uint32_t t = 0; t < count; ++t) {
            const table_record& from = of.tables[t];
            for (std::uint32_t k = from.first_key; k < from.first_key + from.key_count; ++k) {
                if (of.keys[k].kind != static_cast<std::uint32_t>(key_kind::foreign)) continue;
                const std::uint32_t to = targets_[k] = resolve(of.keys[k], from);
                if (to == no_table || to == t) continue;
                edges.emplace_back(t, to);
                edges.emplace_back(to, t);
            }
        }
    }
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    first_.assign(count + 1, 0);
    for (const auto& [from, to] : edges) {
        ++first_[from + 1];
        neighbours_.push_back(to);
    }
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    by_weight_.resize(count);
    std::iota(by_weight_.begin(), by_weight_.end(), 0u);
    std::stable_sort(by_weight_.begin(), by_weight_.end(), [this](auto a, auto b) {
        return neighbours(a).size() > neighbours(b).size();
    });
    weight_.resize(count);
    for (std::uint32_t i = 0; i < count; ++i)
        weight_[by_weight_[i]] = i;
}

std::span<const std::uint32_t> lookup::neighbours(std::uint32_t table) const noexcept {
    return std::span(neighbours_).subspan(first_[table], first_[table + 1] - first_[table]);
}

}  // namespace qry::schema
