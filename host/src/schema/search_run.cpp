#include "schema/search_run.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

#include "schema/words.hpp"

namespace qry::schema {

namespace {

// Names of tables win over names of columns, and these over comments, whatever the fit:
// 30 > 0.25 * 105, 0.25 * 30 > 0.06 * 105.
constexpr float column_weight = 0.25F;
constexpr float table_comment_weight = 0.06F;
constexpr float column_comment_weight = 0.05F;
// The table of a column, when another word matched the column itself.
constexpr float table_of_column_weight = 0.1F;
constexpr float schema_weight = 0.02F;
// The whole query as a name, for queries of several words.
constexpr float best_fit = 105;
constexpr float whole_name = best_fit;
constexpr float name_prefix = 88;
// See each_within.
constexpr std::size_t most_places = 500'000;

std::string squeeze(std::string_view text) {
    std::string out = fold(text);
    std::erase_if(out, [](char c) { return c == '_' || c == ' ' || c == '-' || c == '.'; });
    return out;
}

std::vector<std::string> first_words(std::string_view text) {
    auto out = words_of(text);
    out.resize(std::min(out.size(), most_search_words));
    return out;
}

}  // namespace

search_run::search_run(const schema_snapshot::data& in, std::string_view text, std::size_t limit)
    : in_(in),
      words_(first_words(text)),
      whole_(squeeze(text)),
      limit_(limit),
      found_(in, words_),
      named_(in.tables.size()),
      told_(in.tables.size()),
      // A column can come twice, by its name and by its comment.
      kept_(limit < std::numeric_limits<std::size_t>::max() / 2 ? limit * 2 : limit) {}

bool search_run::better(const candidate& a, const candidate& b) noexcept {
    if (a.score != b.score) return a.score > b.score;
    return std::tie(a.name_size, a.table, a.column) < std::tie(b.name_size, b.table, b.column);
}

std::vector<schema_hit> search_run::run() {
    mark_tables();
    for (const std::uint32_t t : touched_)
        add_table(t);
    each_within(in_, found_.all(), most_places, [this](text_id text, float) {
        add_columns_named(text);
        add_columns_remarked(text);
    });
    return hits();
}

void search_run::mark_tables() {
    for (const text_match& m : found_.all()) {
        const word_mask mask = found_.mask(m.text);
        for (const std::uint32_t where : in_.places_of(m.text)) {
            if (is_column(where)) break;
            const std::uint32_t t = where & place_table;
            if (told_[t] == 0) touched_.push_back(t);
            told_[t] |= mask;
            if (role_of(where) == place_role::table_comment) continue;
            named_[t] |= mask;
            all_named_ |= mask;
        }
    }
}

bool search_run::worth(word_mask holds) const noexcept {
    return std::popcount(holds) >= most_;
}

void search_run::add(candidate c, word_mask holds) {
    if (std::popcount(holds) > most_) {
        most_ = std::popcount(holds);
        best_.clear();
    }
    if (best_.size() < kept_) {
        best_.push_back(c);
        std::push_heap(best_.begin(), best_.end(), better);
        return;
    }
    if (!better(c, best_.front())) return;
    std::pop_heap(best_.begin(), best_.end(), better);
    best_.back() = c;
    std::push_heap(best_.begin(), best_.end(), better);
}

float search_run::around(const table_record& t, std::size_t word) const noexcept {
    return schema_weight * std::max(found_.score(t.schema, word), found_.score(t.catalog, word));
}

// A name that is the query, or begins with it, once both are written without separators.
float search_run::as_whole(text_id name) const {
    if (words_.size() < 2 || std::popcount(found_.mask(name)) != static_cast<int>(words_.size())) {
        return 0;
    }
    const std::string squeezed = squeeze(in_.text(name));
    if (squeezed == whole_) return whole_name;
    return squeezed.starts_with(whole_) ? name_prefix : 0;
}

void search_run::add_table(std::uint32_t index) {
    if (!worth(told_[index])) return;
    const table_record& t = in_.tables[index];
    float sum = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
        sum += std::max(
            {found_.score(t.name, w),
             table_comment_weight * found_.score(t.comment, w),
             around(t, w)}
        );
    }
    const float score = std::max(sum / static_cast<float>(words_.size()), as_whole(t.name));
    const auto size = static_cast<std::uint32_t>(in_.text(t.name).size());
    add({score, size, index, 0}, told_[index]);
}

search_run::candidate search_run::column(std::uint32_t table, text_id name, text_id comment) const {
    const table_record& t = in_.tables[table];
    const bool helped = named_[table] != 0;
    float sum = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
        float best = std::max(
            column_weight * found_.score(name, w), column_comment_weight * found_.score(comment, w)
        );
        if (helped) {
            best = std::max({best, table_of_column_weight * found_.score(t.name, w), around(t, w)});
        }
        sum += best;
    }
    const float score =
        std::max(sum / static_cast<float>(words_.size()), column_weight * as_whole(name));
    return {score, static_cast<std::uint32_t>(in_.text(name).size()), table, name};
}

// Whether no table could lift a column of this name above what is there.
bool search_run::hopeless(text_id name, word_mask own) const {
    if (std::popcount(static_cast<word_mask>(own | all_named_)) < most_) return true;
    if (best_.size() < kept_ || std::popcount(static_cast<word_mask>(own | all_named_)) > most_) {
        return false;
    }
    float sum = 0;
    for (std::size_t w = 0; w < words_.size(); ++w) {
        const bool helped = (all_named_ >> w & 1) != 0;
        sum += std::max(
            column_weight * found_.score(name, w), helped ? table_of_column_weight * best_fit : 0
        );
    }
    const float most =
        std::max(sum / static_cast<float>(words_.size()), column_weight * as_whole(name));
    return most < best_.front().score;
}

void search_run::add_columns_named(text_id name) {
    const word_mask own = found_.mask(name);
    if (hopeless(name, own)) return;
    // The same in all tables whose own names say nothing.
    std::optional<candidate> plain;
    for (const std::uint32_t where : in_.places_of(name)) {
        if (role_of(where) != place_role::column_name) continue;
        const std::uint32_t t = where & place_table;
        const auto holds = static_cast<word_mask>(own | named_[t]);
        if (!worth(holds)) continue;
        if (named_[t] != 0) {
            add(column(t, name, 0), holds);
            continue;
        }
        if (!plain) plain = column(t, name, 0);
        plain->table = t;
        add(*plain, holds);
    }
}

void search_run::add_columns_remarked(text_id comment) {
    std::uint32_t last = place_table;
    for (const std::uint32_t where : in_.places_of(comment)) {
        const std::uint32_t t = where & place_table;
        if (role_of(where) != place_role::column_comment || t == last) continue;
        last = t;
        for (const column_record& c : in_.columns_of(in_.tables[t])) {
            if (c.comment != comment) continue;
            const auto holds =
                static_cast<word_mask>(found_.mask(comment) | found_.mask(c.name) | named_[t]);
            if (worth(holds)) add(column(t, c.name, comment), holds);
        }
    }
}

std::vector<schema_hit> search_run::hits() {
    std::sort(best_.begin(), best_.end(), better);
    struct placed {
        candidate what;
        std::optional<std::uint32_t> position;
    };
    std::vector<placed> list;
    for (const candidate& c : best_) {
        placed p{c, std::nullopt};
        if (c.column != 0) {
            const auto columns = in_.columns_of(in_.tables[c.table]);
            const auto at = std::find_if(columns.begin(), columns.end(), [&](const auto& r) {
                return r.name == c.column;
            });
            // A block that was made by somebody else.
            if (at == columns.end()) continue;
            p.position = static_cast<std::uint32_t>(at - columns.begin());
        }
        const bool known = std::any_of(list.begin(), list.end(), [&](const placed& other) {
            return other.what.table == c.table && other.position == p.position;
        });
        if (!known) list.push_back(p);
    }
    std::stable_sort(list.begin(), list.end(), [](const placed& a, const placed& b) {
        if (a.what.score != b.what.score) return a.what.score > b.what.score;
        return std::tie(a.what.name_size, a.what.table, a.position) <
               std::tie(b.what.name_size, b.what.table, b.position);
    });
    std::vector<schema_hit> out;
    for (const placed& p : list) {
        if (out.size() == limit_) break;
        out.push_back({.table = p.what.table, .column = p.position, .score = p.what.score});
    }
    return out;
}

}  // namespace qry::schema
