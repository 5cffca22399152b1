// Where the tokens of a JSON text begin, as simdjson's first stage finds them, and a walk over
// them.
//
// Rationale: simdjson on demand checks at each step what a plan of columns knows already (what may
// come here, how deep it is); stepping from cell to cell took a quarter of a page's time.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <qry/kit/json/reader.hpp>

namespace qry::json {

// What is not JSON, thrown where it is found and caught where rows or members are taken. `why` is a
// literal.
struct bad_syntax {
    const char* why;
};

// Not thread-safe; reuse it: its memory stays.
class token_list {
public:
    // Keeps `text` as a borrowed view with `padding` readable bytes behind it. Throws bad_syntax,
    // also for what is no UTF-8, has control characters in a string, or a string without an end.
    void find(std::string_view text);

    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] const std::uint32_t* begin() const noexcept {
        return parser_->structural_indexes.get();
    }
    [[nodiscard]] const std::uint32_t* end() const noexcept {
        return begin() + parser_->n_structural_indexes;
    }
    // Without one, each string of the text is what stands between its quotes.
    [[nodiscard]] bool has_escapes() const noexcept { return has_escapes_; }
    // What a string token with escapes holds, until the next call.
    [[nodiscard]] std::string_view unescape(std::string_view token);

private:
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser_;
    std::string_view text_;
    bool has_escapes_ = false;
    std::string unescaped_;
};

// A place among the tokens. simdjson puts the text's size behind the last one.
class token_walk {
public:
    token_walk() = default;
    token_walk(token_list& of, const std::uint32_t* from) noexcept
        : list_(&of), text_(of.text().data()), at_(from), end_(of.end()) {}

    [[nodiscard]] bool done() const noexcept { return at_ == end_; }
    // The first character of the token here; NUL behind the last one.
    [[nodiscard]] char peek() const noexcept { return done() ? '\0' : text_[*at_]; }
    void step() noexcept { ++at_; }
    [[nodiscard]] bool take(char structural) noexcept {
        if (peek() != structural) return false;
        ++at_;
        return true;
    }
    void expect(char structural, const char* why) {
        if (!take(structural)) throw bad_syntax{why};
    }
    // The token here, which is a number, a literal or a string, without blanks behind it.
    [[nodiscard]] std::string_view token() const noexcept {
        const char* const from = text_ + *at_;
        const char* to = text_ + at_[1];
        while (to - from > 1 && static_cast<unsigned char>(to[-1]) <= ' ')
            --to;
        return {from, static_cast<std::size_t>(to - from)};
    }
    // What the string token `quoted` holds, until the next call.
    [[nodiscard]] std::string_view string(std::string_view quoted) {
        if (quoted.size() < 2 || quoted.back() != '"') throw bad_syntax{"a string has no end"};
        if (list_->has_escapes()) [[unlikely]]
            return list_->unescape(quoted);
        return quoted.substr(1, quoted.size() - 2);
    }
    // Steps over a value: its text. Brackets are counted, not matched; `depth` of them at most.
    [[nodiscard]] std::string_view skip(int depth);
    // The next member's key; false at the object's end, which is stepped over. `first`: none was
    // read yet.
    [[nodiscard]] bool next_key(bool first, std::string_view& key);
    // To the next item; false at the array's end, which is stepped over.
    [[nodiscard]] bool next_item(bool first);
    [[nodiscard]] const std::uint32_t* place() const noexcept { return at_; }

private:
    token_list* list_ = nullptr;
    const char* text_ = nullptr;
    const std::uint32_t* at_ = nullptr;
    const std::uint32_t* end_ = nullptr;
};

inline bool token_walk::next_item(bool first) {
    if (take(']')) return false;
    if (!first) expect(',', "a comma or a bracket is missing in an array");
    return true;
}

}  // namespace qry::json
