#include "schema/match.hpp"

#include <algorithm>
#include <cstring>

namespace qry::schema {

namespace {

bool is_lower(unsigned char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(unsigned char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}
// Bytes of other alphabets belong to words.
bool in_word(unsigned char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c >= 0x80;
}

// Whether a word begins or ends between bytes at-1 and at.
bool boundary(std::string_view text, std::size_t at) {
    if (at == 0 || at >= text.size()) return true;
    const auto before = static_cast<unsigned char>(text[at - 1]);
    const auto after = static_cast<unsigned char>(text[at]);
    if (!in_word(before) || !in_word(after)) return true;
    if (is_digit(before) != is_digit(after)) return true;
    if (!is_upper(after)) return false;
    if (is_lower(before)) return true;
    // "HTTPServer" is HTTP, Server.
    const bool hump = at + 1 < text.size() && is_lower(static_cast<unsigned char>(text[at + 1]));
    return is_upper(before) && hump;
}

float fit(std::string_view text, std::size_t at, std::size_t size) {
    const std::size_t end = at + size;
    const bool begins = boundary(text, at);
    const bool ends = boundary(text, end);
    const float covered = 5.0F * static_cast<float>(size) / static_cast<float>(text.size());
    if (at == 0 && end == text.size()) return 100 + covered;
    if (at == 0) return (ends ? 80.0F : 70.0F) + covered;
    if (begins) return (ends ? 60.0F : 50.0F) + covered;
    // One letter in the middle of a word says nothing.
    return size > 1 ? 30 + covered : 0;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> out;
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= text.size(); ++i) {
        if (!boundary(text, i)) continue;
        const std::string_view piece = text.substr(begin, i - begin);
        if (in_word(static_cast<unsigned char>(piece.front()))) out.push_back(fold(piece));
        begin = i;
    }
    return out;
}

matches::matches(const schema_snapshot::data& in, const std::vector<std::string>& words)
    : words_(words.size()), slot_(in.text_count()), scores_(words.size()) {
    for (std::size_t i = 0; i < words.size(); ++i)
        look_for(in, words[i], i);
}

void matches::look_for(const schema_snapshot::data& in, std::string_view word, std::size_t index) {
    // One pass over all texts at once: they lie one behind the other.
    const std::string_view all = in.lookup().folded();
    const auto ends = in.ends();
    text_id id = 1;
    for (std::size_t from = 0; from < all.size();) {
        const void* hit = memmem(all.data() + from, all.size() - from, word.data(), word.size());
        if (hit == nullptr) return;
        const auto at = static_cast<std::size_t>(static_cast<const char*>(hit) - all.data());
        while (id < ends.size() && ends[id] <= at)
            ++id;
        if (id == ends.size()) return;
        from = at + 1;
        // Across the border of two texts.
        if (at + word.size() > ends[id]) continue;
        const float score = fit(in.text(id), at - ends[id - 1], word.size());
        if (score == 0) continue;
        if (slot_[id] == 0) {
            slot_[id] = static_cast<std::uint32_t>(scores_.size() / words_);
            scores_.resize(scores_.size() + words_);
        }
        float& best = scores_[slot_[id] * words_ + index];
        best = std::max(best, score);
    }
}

}  // namespace qry::schema
