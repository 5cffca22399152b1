#include "tokens.hpp"

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace qry::json {

static_assert(padding >= simdjson::SIMDJSON_PADDING);

namespace {

void check(simdjson::error_code failed) {
    if (failed == simdjson::SUCCESS) return;
    if (failed == simdjson::MEMALLOC) throw std::bad_alloc();
    throw bad_syntax{simdjson::error_message(failed)};
}

// Sixteen bytes at a time: behind every text of a page there is room to read.
bool has_backslash(std::string_view text) noexcept {
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi8('\\');
    const char* at = text.data();
    const char* const end = at + text.size();
    for (; at + 16 <= end; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)) != 0) return true;
    }
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const unsigned found = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)));
    return (found & ((1U << (end - at)) - 1)) != 0;
#else
    return text.find('\\') != std::string_view::npos;
#endif
}

}  // namespace

void token_list::find(std::string_view text) {
    text_ = text;
    if (parser_ == nullptr) {
        // The depth is for simdjson's own second stage, which is not used.
        check(simdjson::get_active_implementation()->create_dom_parser_implementation(
            text.size(), 1, parser_
        ));
    } else if (parser_->capacity() < text.size()) {
        check(parser_->set_capacity(text.size()));
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    check(parser_->stage1(bytes, text.size(), simdjson::stage1_mode::regular));
    has_escapes_ = std::memchr(text.data(), '\\', text.size()) != nullptr;
}

std::string_view token_list::unescape(std::string_view token) {
    if (!has_backslash(token)) return token.substr(1, token.size() - 2);
    const std::size_t room = token.size() + simdjson::SIMDJSON_PADDING;
    if (unescaped_.size() < room) unescaped_.resize(room);
    auto* const to = reinterpret_cast<std::uint8_t*>(unescaped_.data());
    const auto* from = reinterpret_cast<const std::uint8_t*>(token.data()) + 1;
    const std::uint8_t* const end = parser_->parse_string(from, to);
    if (end == nullptr) throw bad_syntax{"a string has an escape that JSON does not know"};
    return {unescaped_.data(), static_cast<std::size_t>(end - to)};
}

std::string_view token_walk::skip(int depth) {
    if (done()) throw bad_syntax{"the text ends where a value should be"};
    const char* const from = text_ + *at_;
    int open = 0;
    do {
        switch (peek()) {
            case '{':
            case '[':
                if (++open > depth) throw bad_syntax{"values are nested too deep"};
                break;
            case '}':
            case ']':
                if (--open < 0) throw bad_syntax{"a value is missing"};
                break;
            case ',':
            case ':':
                if (open == 0) throw bad_syntax{"a value is missing"};
                break;
            case '\0':
                throw bad_syntax{"the text ends within a value"};
            default:
                if (open == 0) {
                    const std::string_view scalar = token();
                    step();
                    return scalar;
                }
        }
        step();
    } while (open > 0);
    return {from, static_cast<std::size_t>(text_ + at_[-1] + 1 - from)};
}

bool token_walk::next_key(bool first, std::string_view& key) {
    if (take('}')) return false;
    if (!first) expect(',', "a comma or a brace is missing in an object");
    if (peek() != '"') throw bad_syntax{"a member has no name"};
    key = string(token());
    step();
    expect(':', "a colon is missing behind a member's name");
    return true;
}

}  // namespace qry::json
