// All words of one search: which texts hold which of them.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "schema/match.hpp"

namespace qry::schema {

// One bit a word.
using word_mask = std::uint16_t;
inline constexpr std::size_t most_search_words = 16;

class found_texts {
public:
    // At most most_search_words words.
    found_texts(const schema_snapshot::data& in, const std::vector<std::string>& words)
        : words_(words.size()), slot_(in.text_count()), scores_(words.size()), masks_(1) {
        std::vector<text_match> found;
        for (std::size_t w = 0; w < words.size(); ++w) {
            find_word(in, words[w], found);
            for (const text_match& m : found)
                add(m, w);
        }
    }

    // Those that hold any of the words, with the best score of any.
    [[nodiscard]] const std::vector<text_match>& all() const noexcept { return all_; }
    [[nodiscard]] word_mask mask(text_id id) const noexcept { return masks_[slot_[id]]; }
    // 0 = not in it.
    [[nodiscard]] float score(text_id id, std::size_t word) const noexcept {
        return scores_[slot_[id] * words_ + word];
    }

private:
    void add(const text_match& m, std::size_t word) {
        std::uint32_t& slot = slot_[m.text];
        if (slot == 0) {
            slot = static_cast<std::uint32_t>(masks_.size());
            masks_.push_back(0);
            scores_.resize(scores_.size() + words_);
            all_.push_back({m.text, 0});
        }
        masks_[slot] |= static_cast<word_mask>(1u << word);
        float& best = scores_[slot * words_ + word];
        best = std::max(best, m.score);
        float& best_of_all = all_[slot - 1].score;
        best_of_all = std::max(best_of_all, m.score);
    }

    std::size_t words_;
    // By text; 0 = holds no word.
    std::vector<std::uint32_t> slot_;
    // words_ scores a slot; slot 0 holds zeros.
    std::vector<float> scores_;
    std::vector<word_mask> masks_;
    std::vector<text_match> all_;
};

}  // namespace qry::schema
