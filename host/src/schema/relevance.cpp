#include "schema/relevance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "schema/data.hpp"
#include "schema/match.hpp"

namespace qry::schema {

namespace {

constexpr std::size_t most_words = 16;
constexpr double column_weight = 0.4;
constexpr double comment_weight = 0.2;
// What a table is worth because a neighbour matters.
constexpr double neighbour_weight = 0.3;

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

// The best fit of each word anywhere in each table: words.size() values a table.
std::vector<float> fits(const schema_snapshot::data& of, const matches& found, std::size_t words) {
    std::vector<float> out(of.tables.size() * words);
    for (std::size_t t = 0; t < of.tables.size(); ++t) {
        float* best = out.data() + t * words;
        const auto take = [&](text_id id, double weight) {
            if (!found.any(id)) return;
            for (std::size_t w = 0; w < words; ++w) {
                best[w] = std::max(best[w], static_cast<float>(weight * found.score(id, w)));
            }
        };
        const table_record& table = of.tables[t];
        take(table.name, 1);
        take(table.schema, comment_weight);
        take(table.comment, comment_weight);
        for (const auto& c : of.columns_of(table)) {
            take(c.name, column_weight);
            take(c.comment, comment_weight);
        }
    }
    return out;
}

std::vector<double> scores(const schema_snapshot::data& of, std::string_view question) {
    const auto words = words_that_matter(question);
    std::vector<double> out(of.tables.size());
    if (words.empty()) return out;
    const auto fit = fits(of, matches(of, words), words.size());
    for (std::size_t w = 0; w < words.size(); ++w) {
        double holding = 0;
        for (std::size_t t = 0; t < out.size(); ++t)
            holding += fit[t * words.size() + w] > 0;
        if (holding == 0) continue;
        const double rarity = std::log(1 + static_cast<double>(out.size()) / holding);
        for (std::size_t t = 0; t < out.size(); ++t) {
            out[t] += rarity * static_cast<double>(fit[t * words.size() + w]);
        }
    }
    return out;
}

}  // namespace

ranking rank(const schema_snapshot::data& of, std::string_view question) {
    const lookup& known = of.lookup();
    const auto by_weight = known.by_weight();
    ranking out{{by_weight.begin(), by_weight.end()}, 0};
    if (question.empty()) return out;
    const auto own = scores(of, question);
    auto total = own;
    for (std::uint32_t t = 0; t < own.size(); ++t) {
        if (own[t] == 0) continue;
        for (const auto n : known.neighbours(t)) {
            total[n] = std::max(total[n], neighbour_weight * own[t]);
        }
    }
    std::stable_sort(out.order.begin(), out.order.end(), [&](auto a, auto b) {
        return total[a] > total[b];
    });
    out.relevant = static_cast<std::size_t>(std::count_if(total.begin(), total.end(), [](double s) {
        return s > 0;
    }));
    return out;
}

}  // namespace qry::schema
