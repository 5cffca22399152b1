#include "schema/match.hpp"

#include <algorithm>
#include <cstring>

namespace qry::schema {

namespace {

using data = schema_snapshot::data;

std::string_view word_at(const data& in, std::size_t w) {
    const std::uint32_t begin = in.word_ends[w];
    return in.word_bytes.substr(begin, in.word_ends[w + 1] - begin);
}

// The first word that is not before `text`.
std::size_t lower_bound(const data& in, std::string_view text) {
    std::size_t low = 0;
    std::size_t high = in.word_ends.size() - 1;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (word_at(in, middle) < text) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct word_range {
    std::size_t first;
    std::size_t last;
};

// Where a word, or one that holds it, can be. Numbers lie in front of letters.
word_range candidates(const data& in, std::string_view word) {
    const auto lead = static_cast<unsigned char>(word.front());
    // One letter in the middle of a word says nothing.
    if (word.size() == 1) {
        const char next = static_cast<char>(lead + 1);
        const std::size_t last =
            lead == 0xFF ? in.word_ends.size() - 1 : lower_bound(in, std::string_view(&next, 1));
        return {lower_bound(in, word), last};
    }
    const std::size_t letters = lower_bound(in, ":");
    if (lead >= '0' && lead <= '9') return {0, letters};
    return {letters, in.word_ends.size() - 1};
}

// The word lies in `holder` at `at`.
void add_texts(
    const data& in,
    std::string_view word,
    std::size_t holder,
    std::size_t at,
    std::vector<text_match>& out
) {
    const bool begins = at == 0;
    const bool ends = at + word.size() == word_at(in, holder).size();
    const auto text_ends = in.ends();
    const float covered = 5.0F * static_cast<float>(word.size());
    for (std::uint32_t i = in.first_postings[holder]; i < in.first_postings[holder + 1]; ++i) {
        const std::uint32_t posting = in.postings[i];
        const text_id text = posting & posting_text;
        // A block that was made by somebody else.
        if (text == 0) continue;
        float score = 30;
        if (begins && ends && (posting & posting_whole) != 0) {
            score = 100;
        } else if (begins && (posting & posting_first) != 0) {
            score = ends ? 80 : 70;
        } else if (begins) {
            score = ends ? 60 : 50;
        }
        const std::uint32_t size = std::max(text_ends[text] - text_ends[text - 1], 1u);
        out.push_back({text, score + covered / static_cast<float>(size)});
    }
}

}  // namespace

void find_word(const data& in, std::string_view word, std::vector<text_match>& out) {
    out.clear();
    if (word.empty()) return;
    const auto [first, last] = candidates(in, word);
    const char* const all = in.word_bytes.data();
    std::size_t holder = first;
    while (holder < last) {
        // The words lie one behind the other, so that one call looks through many.
        const std::size_t from = in.word_ends[holder];
        const void* hit = memmem(all + from, in.word_ends[last] - from, word.data(), word.size());
        if (hit == nullptr) return;
        const auto at = static_cast<std::size_t>(static_cast<const char*>(hit) - all);
        const auto* const next = std::upper_bound(
            in.word_ends.data() + holder, in.word_ends.data() + last, static_cast<std::uint32_t>(at)
        );
        holder = static_cast<std::size_t>(next - in.word_ends.data()) - 1;
        const std::size_t offset = at - in.word_ends[holder];
        const bool inside = at + word.size() <= in.word_ends[holder + 1];
        if (inside && (offset == 0 || word.size() > 1)) add_texts(in, word, holder, offset, out);
        // Across the border of two words: the second may still hold it.
        ++holder;
    }
}

}  // namespace qry::schema
