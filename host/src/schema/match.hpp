// In which texts of a snapshot a word occurs, and how well it fits there.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "schema/data.hpp"

namespace qry::schema {

struct text_match {
    text_id text = 0;
    float score = 0;
};

// Scores: 100 the whole text, 80 its first word, 70 its beginning, 60 a word, 50 the beginning of a
// word, 30 a part of a word; up to 5 more the more of the text is covered.
//
// `word` is one of words_of(). A text may come several times, by several of its words. `out` is
// emptied first.
void find_word(
    const schema_snapshot::data& in, std::string_view word, std::vector<text_match>& out
);

[[nodiscard]] inline place_role role_of(std::uint32_t where) noexcept {
    return static_cast<place_role>(where >> place_shift);
}
[[nodiscard]] inline bool is_column(std::uint32_t where) noexcept {
    return role_of(where) >= place_role::column_name;
}

// Calls fn(text, score) for `found`, those that fit well first, until so many places were looked
// at: a word that stands nearly everywhere tells little, and must not cost all the more.
template <class Function>
void each_within(
    const schema_snapshot::data& in,
    const std::vector<text_match>& found,
    std::size_t most,
    Function fn
) {
    struct range {
        float least;
        float below;
    };
    std::size_t seen = 0;
    for (const range r : {range{60, 1000}, range{50, 60}, range{0, 50}}) {
        for (const text_match& m : found) {
            if (m.score < r.least || m.score >= r.below) continue;
            if (seen >= most) return;
            seen += in.places_of(m.text).size();
            fn(m.text, m.score);
        }
    }
}

}  // namespace qry::schema
