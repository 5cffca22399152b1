#include "schema/relevance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "schema/data.hpp"
#include "schema/match.hpp"
#include "schema/words.hpp"

namespace qry::schema {

namespace {

constexpr std::size_t most_words = 16;
constexpr float fit_in_column = 0.4F;
constexpr float fit_in_comment = 0.2F;
// What a table is worth because a neighbour matters.
constexpr float fit_of_neighbour = 0.3F;

// Words of questions that name nothing in a database.
constexpr std::array stop_words = {
    "a",     "about", "all",  "an",   "and",  "any",  "are",   "as",   "at",    "be",   "between",
    "by",    "can",   "did",  "do",   "does", "each", "every", "find", "for",   "from", "get",
    "give",  "had",   "has",  "have", "how",  "i",    "in",    "is",   "it",    "its",  "last",
    "list",  "many",  "me",   "more", "most", "much", "my",    "not",  "of",    "on",   "or",
    "our",   "over",  "per",  "s",    "show", "than", "that",  "the",  "their", "them", "there",
    "these", "they",  "this", "to",   "top",  "us",   "was",   "we",   "were",  "what", "when",
    "where", "which", "who",  "whom", "with", "you",
};
static_assert(std::is_sorted(
    stop_words.begin(),
    stop_words.end(),
    [](std::string_view a, std::string_view b) { return a < b; }
));

// "companies" and "company" meet at "compan", "orders" and "order" at "order".
std::string stem(std::string word) {
    if (word.size() > 4 && word.ends_with("ies")) return word.substr(0, word.size() - 3);
    if (word.size() > 4 && word.ends_with("y")) return word.substr(0, word.size() - 1);
    if (word.size() > 3 && word.ends_with("s") && !word.ends_with("ss")) word.pop_back();
    return word;
}

std::vector<std::string> words_that_matter(std::string_view question) {
    std::vector<std::string> out;
    for (auto& word : words_of(question)) {
        if (std::binary_search(stop_words.begin(), stop_words.end(), std::string_view(word))) {
            continue;
        }
        auto stemmed = stem(std::move(word));
        if (std::find(out.begin(), out.end(), stemmed) == out.end()) {
            out.push_back(std::move(stemmed));
        }
        if (out.size() == most_words) break;
    }
    return out;
}

// See each_within; of all words together.
constexpr std::size_t most_places_told = 300'000;

// By place_role; a power of two, so that no block can lead out of it.
constexpr std::array<float, 8> weights = [] {
    std::array<float, 8> out{};
    out[static_cast<std::size_t>(place_role::table_name)] = 1;
    out[static_cast<std::size_t>(place_role::column_name)] = fit_in_column;
    out[static_cast<std::size_t>(place_role::table_comment)] = fit_in_comment;
    out[static_cast<std::size_t>(place_role::column_comment)] = fit_in_comment;
    out[static_cast<std::size_t>(place_role::schema)] = fit_in_comment;
    return out;
}();

// How well one word fits anywhere in each table.
class table_fits {
public:
    explicit table_fits(std::size_t tables) : best_(tables) {}

    void take(std::uint32_t where, float score) {
        const std::uint32_t table = where & place_table;
        const float fit = weights[where >> place_shift] * score;
        float& best = best_[table];
        if (fit <= best) return;
        if (best == 0) holding_.push_back(table);
        best = fit;
    }
    // Adds up, rare words counting more, and is empty again.
    void add_to(std::vector<float>& total) {
        const auto share = static_cast<float>(total.size()) / static_cast<float>(holding_.size());
        const float rarity = std::log(1 + share);
        for (const std::uint32_t table : holding_)
            total[table] += rarity * std::exchange(best_[table], 0.0F);
        holding_.clear();
    }

private:
    std::vector<float> best_;
    std::vector<std::uint32_t> holding_;
};

// What each table has to do with the question, by itself.
std::vector<float> scores(const schema_snapshot::data& of, std::string_view question) {
    const auto words = words_that_matter(question);
    std::vector<float> out(of.tables.size());
    table_fits fits(words.empty() ? 0 : out.size());
    std::vector<text_match> found;
    for (const std::string& word : words) {
        find_word(of, word, found);
        for (const text_match& m : found) {
            for (const std::uint32_t where : of.places_of(m.text)) {
                if (is_column(where)) break;
                fits.take(where, m.score);
            }
        }
        each_within(of, found, most_places_told / words.size(), [&](text_id text, float score) {
            for (const std::uint32_t where : of.places_of(text)) {
                if (is_column(where)) fits.take(where, score);
            }
        });
        fits.add_to(out);
    }
    return out;
}

struct ranked {
    float score;
    // Its place among all tables without a question.
    std::uint32_t weight;
};

// The best `most` of the tables that have to do with the question, in order.
std::vector<ranked> best_of(
    const lookup& known, const std::vector<float>& total, std::size_t most
) {
    std::vector<ranked> out;
    for (std::uint32_t t = 0; t < total.size(); ++t) {
        if (total[t] > 0) out.push_back({total[t], known.weight(t)});
    }
    const auto better = [](const ranked& a, const ranked& b) {
        return a.score != b.score ? a.score > b.score : a.weight < b.weight;
    };
    const auto middle = out.begin() + static_cast<std::ptrdiff_t>(std::min(most, out.size()));
    std::nth_element(out.begin(), middle, out.end(), better);
    out.erase(middle, out.end());
    std::sort(out.begin(), out.end(), better);
    return out;
}

}  // namespace

ranking rank(const schema_snapshot::data& of, std::string_view question, std::size_t most) {
    const lookup& known = of.lookup();
    const auto by_weight = known.by_weight();
    most = std::min(most, by_weight.size());
    const auto own = question.empty() ? std::vector<float>() : scores(of, question);
    auto total = own;
    for (std::uint32_t t = 0; t < own.size(); ++t) {
        if (own[t] == 0) continue;
        for (const auto n : known.neighbours(t)) {
            total[n] = std::max(total[n], fit_of_neighbour * own[t]);
        }
    }
    ranking out;
    for (const ranked& r : best_of(known, total, most))
        out.order.push_back(by_weight[r.weight]);
    out.relevant = out.order.size();
    for (std::size_t i = 0; out.order.size() < most; ++i) {
        const std::uint32_t table = by_weight[i];
        if (total.empty() || total[table] == 0) out.order.push_back(table);
    }
    return out;
}

}  // namespace qry::schema
