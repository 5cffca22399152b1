// Where words occur in the texts of a snapshot, and how well they fit there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/data.hpp"

namespace qry::schema {

// "customerOrders by_day" = customer, orders, by, day; in lower case.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

// 100 the whole text, 80 its first word, 70 its beginning, 60 a word, 50 the beginning of a word,
// 30 a part of a word; up to 5 more the more of the text is covered. 0 = not in it.
class matches {
public:
    matches(const schema_snapshot::data& in, const std::vector<std::string>& words);

    [[nodiscard]] bool any(text_id id) const noexcept { return slot_[id] != 0; }
    [[nodiscard]] float score(text_id id, std::size_t word) const noexcept {
        return scores_[slot_[id] * words_ + word];
    }

private:
    void look_for(const schema_snapshot::data& in, std::string_view word, std::size_t index);

    std::size_t words_;
    // By text; 0 = no word occurs in it.
    std::vector<std::uint32_t> slot_;
    // words_ scores a slot; slot 0 holds zeros.
    std::vector<float> scores_;
};

}  // namespace qry::schema
