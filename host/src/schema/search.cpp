#include <algorithm>
#include <string>

#include <qry/schema.hpp>

#include "schema/data.hpp"
#include "schema/match.hpp"

namespace qry {

namespace {

// Names of tables win over names of columns, and these over comments, whatever the fit:
// 30 > 0.25 * 105, 0.25 * 30 > 0.06 * 105.
constexpr double column_weight = 0.25;
constexpr double table_comment_weight = 0.06;
constexpr double column_comment_weight = 0.05;
// The table of a column, when another word matched the column itself.
constexpr double table_of_column_weight = 0.1;
constexpr double schema_weight = 0.02;
// The whole query as a name, for queries of several words.
constexpr double whole_name = 105;
constexpr double name_prefix = 88;

std::string squeeze(std::string_view text) {
    std::string out = schema::fold(text);
    std::erase_if(out, [](char c) { return c == '_' || c == ' ' || c == '-' || c == '.'; });
    return out;
}

struct candidate {
    schema_hit hit;
    std::size_t matched = 0;
    std::size_t length = 0;
};

// One search; a word counts where it fits best.
class search_run {
public:
    search_run(const schema_snapshot::data& in, std::string_view text)
        : in_(in), words_(schema::words_of(text)), whole_(squeeze(text)), found_(in, words_) {}

    std::vector<candidate> all() {
        if (words_.empty()) return {};
        for (std::uint32_t t = 0; t < in_.tables.size(); ++t) {
            const auto& table = in_.tables[t];
            if (touches(table)) add_table(t, table);
            const auto columns = in_.columns_of(table);
            for (std::uint32_t c = 0; c < columns.size(); ++c) {
                if (found_.any(columns[c].name) || found_.any(columns[c].comment)) {
                    add_column(t, table, c, columns[c]);
                }
            }
        }
        std::erase_if(out_, [this](const candidate& c) { return c.matched < most_; });
        return std::move(out_);
    }

private:
    bool touches(const schema::table_record& t) const {
        return found_.any(t.name) || found_.any(t.comment) || found_.any(t.schema) ||
               found_.any(t.catalog);
    }
    double score(schema::text_id id, std::size_t word) const { return found_.score(id, word); }
    double around(const schema::table_record& t, std::size_t w) const {
        return schema_weight * std::max(score(t.schema, w), score(t.catalog, w));
    }
    // A name that is the query, or begins with it, once both are written without separators.
    double as_whole(schema::text_id name) const {
        if (words_.size() < 2 || !found_.any(name)) return 0;
        const std::string squeezed = squeeze(in_.text(name));
        if (squeezed == whole_) return whole_name;
        return squeezed.starts_with(whole_) ? name_prefix : 0;
    }
    void add(schema_hit hit, double sum, std::size_t matched, double whole, schema::text_id name) {
        if (matched == 0 || matched < most_) return;
        most_ = matched;
        hit.score = std::max(sum / static_cast<double>(words_.size()), whole);
        out_.push_back({hit, matched, in_.text(name).size()});
    }
    void add_table(std::uint32_t index, const schema::table_record& t) {
        double sum = 0;
        std::size_t matched = 0;
        for (std::size_t w = 0; w < words_.size(); ++w) {
            const double best = std::max(
                {score(t.name, w), table_comment_weight * score(t.comment, w), around(t, w)}
            );
            sum += best;
            matched += best > 0 ? 1 : 0;
        }
        add({.table = index}, sum, matched, as_whole(t.name), t.name);
    }
    void add_column(
        std::uint32_t index,
        const schema::table_record& t,
        std::uint32_t position,
        const schema::column_record& c
    ) {
        double sum = 0;
        std::size_t matched = 0;
        for (std::size_t w = 0; w < words_.size(); ++w) {
            const double own = std::max(
                column_weight * score(c.name, w), column_comment_weight * score(c.comment, w)
            );
            const double best =
                std::max({own, table_of_column_weight * score(t.name, w), around(t, w)});
            sum += best;
            matched += best > 0 ? 1 : 0;
        }
        add({.table = index, .column = position},
            sum,
            matched,
            column_weight * as_whole(c.name),
            c.name);
    }

    const schema_snapshot::data& in_;
    std::vector<std::string> words_;
    std::string whole_;
    schema::matches found_;
    // Hits that match fewer words than another hit does not count.
    std::size_t most_ = 0;
    std::vector<candidate> out_;
};

// Better first; among equals the shorter name, then the order of the schema.
bool better(const candidate& a, const candidate& b) {
    if (a.hit.score != b.hit.score) return a.hit.score > b.hit.score;
    if (a.length != b.length) return a.length < b.length;
    if (a.hit.table != b.hit.table) return a.hit.table < b.hit.table;
    return a.hit.column < b.hit.column;
}

}  // namespace

std::vector<schema_hit> schema_snapshot::search(std::string_view text, std::size_t limit) const {
    auto found = search_run(*content_, text).all();
    const std::size_t count = std::min(limit, found.size());
    const auto middle = found.begin() + static_cast<std::ptrdiff_t>(count);
    std::partial_sort(found.begin(), middle, found.end(), better);
    std::vector<schema_hit> out;
    out.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        out.push_back(found[i].hit);
    return out;
}

}  // namespace qry
