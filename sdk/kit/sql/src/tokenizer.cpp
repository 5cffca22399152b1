#include <qry/kit/sql/tokenizer.hpp>

#include <algorithm>

#include "rules.hpp"

namespace qry::sql {

namespace {

bool space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
// Bytes above ASCII belong to letters of other scripts.
bool word_start(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool word_part(char c) noexcept {
    return word_start(c) || digit(c) || c == '$';
}

bool same(std::string_view word, std::string_view lower) noexcept {
    return std::equal(word.begin(), word.end(), lower.begin(), lower.end(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

}  // namespace

tokenizer::tokenizer(std::string_view sql, dialect of) noexcept
    : sql_(sql), rules_(&rules_of(of)) {}

std::optional<token> tokenizer::next() noexcept {
    if (position_ >= sql_.size()) return std::nullopt;
    const std::size_t start = position_;
    const token_kind kind = scan();
    return token{kind, sql_.substr(start, position_ - start)};
}

// Moves position_ behind the token that starts at it; by one byte at least.
token_kind tokenizer::scan() noexcept {
    const char c = at(position_);
    if (space(c)) {
        while (position_ < sql_.size() && space(at(position_)))
            ++position_;
        return token_kind::space;
    }
    if (scan_comment()) return token_kind::comment;
    token_kind kind{};
    if (scan_quoted(&kind)) return kind;
    if (c == '$') return scan_dollar();
    if (word_start(c)) return scan_word();
    if (digit(c) || (c == '.' && digit(at(position_ + 1)))) {
        while (position_ < sql_.size() && (word_part(at(position_)) || at(position_) == '.')) {
            ++position_;
        }
        return token_kind::number;
    }
    ++position_;
    if (c == '?') return token_kind::question;
    return c == ';' ? token_kind::semicolon : token_kind::symbol;
}

bool tokenizer::scan_comment() noexcept {
    if (sees(position_, "/*")) {
        block_comment();
    } else if (sees(position_, "--") || (rules_->hash_comments && at(position_) == '#') ||
               (rules_->slash_comments && sees(position_, "//"))) {
        to_line_end();
    } else {
        return false;
    }
    return true;
}

bool tokenizer::scan_quoted(token_kind* kind) noexcept {
    const char c = at(position_);
    *kind = c == '\'' || (c == '"' && rules_->double_quoted_strings) ? token_kind::string
                                                                     : token_kind::identifier;
    if (rules_->triple_quotes && (sees(position_, "'''") || sees(position_, "\"\"\""))) {
        const std::string_view quote = sql_.substr(position_, 3);
        position_ += 3;
        until(quote);
    } else if (c == '\'') {
        quoted(c, rules_->backslash_strings);
    } else if (c == '"') {
        quoted(c, rules_->double_quoted_strings && rules_->backslash_strings);
    } else if (c == '`' && rules_->backticks) {
        quoted(c, false);
    } else if (c == '[' && rules_->brackets) {
        quoted(']', false);
    } else {
        return false;
    }
    return true;
}

token_kind tokenizer::scan_dollar() noexcept {
    std::size_t end = position_ + 1;
    if (digit(at(end))) {
        while (digit(at(end)))
            ++end;
        position_ = end;
        return token_kind::parameter;
    }
    if (rules_->dollars == dollar_quotes::tagged && word_start(at(end))) {
        // A $ ends the tag, though it may be part of other words.
        while (word_part(at(end)) && at(end) != '$')
            ++end;
    }
    if (rules_->dollars == dollar_quotes::none || at(end) != '$') {
        ++position_;
        return token_kind::symbol;
    }
    const std::string_view tag = sql_.substr(position_, end + 1 - position_);
    position_ = end + 1;
    until(tag);
    return token_kind::string;
}

token_kind tokenizer::scan_word() noexcept {
    const std::size_t start = position_;
    while (word_part(at(position_)))
        ++position_;
    const std::string_view word = sql_.substr(start, position_ - start);
    const char quote = at(position_);
    if (quote == '\'' && rules_->escape_strings && same(word, "e")) {
        escape_string();
        return token_kind::string;
    }
    if (rules_->raw_strings && same(word, "r") && (quote == '\'' || quote == '"')) {
        ++position_;
        until(std::string_view(quote == '"' ? "\"" : "'"));
        return token_kind::string;
    }
    if (quote == '\'' && rules_->q_strings && (same(word, "q") || same(word, "nq"))) {
        static constexpr std::string_view open = "[{(<";
        static constexpr std::string_view close = "]})>";
        const char first = at(position_ + 1);
        const std::size_t pair = open.find(first);
        const char end[] = {pair == std::string_view::npos ? first : close[pair], '\''};
        position_ = std::min(position_ + 2, sql_.size());
        until(std::string_view(end, sizeof(end)));
        return token_kind::string;
    }
    return token_kind::word;
}

void tokenizer::block_comment() noexcept {
    std::size_t depth = 0;
    while (position_ < sql_.size()) {
        if (sees(position_, "/*") && (depth == 0 || rules_->nested_comments)) {
            ++depth;
            position_ += 2;
        } else if (sees(position_, "*/")) {
            position_ += 2;
            if (--depth == 0) return;
        } else {
            ++position_;
        }
    }
}

void tokenizer::to_line_end() noexcept {
    while (position_ < sql_.size() && at(position_) != '\n' && at(position_) != '\r')
        ++position_;
}

// From the opening quote to behind the closing one; a doubled quote stands for itself.
void tokenizer::quoted(char quote, bool backslash) noexcept {
    ++position_;
    while (position_ < sql_.size()) {
        const char c = at(position_++);
        if (c == '\\' && backslash) {
            position_ = std::min(position_ + 1, sql_.size());
        } else if (c == quote) {
            if (at(position_) != quote) return;
            ++position_;
        }
    }
}

// E'a' <line break> 'b\'c' is one literal, and the backslash still counts in its second part.
void tokenizer::escape_string() noexcept {
    do {
        quoted('\'', true);
    } while (continues_after_line_break());
}

bool tokenizer::continues_after_line_break() noexcept {
    std::size_t ahead = position_;
    bool broken = false;
    while (ahead < sql_.size()) {
        if (space(at(ahead))) {
            broken = broken || at(ahead) == '\n' || at(ahead) == '\r';
            ++ahead;
        } else if (sees(ahead, "--")) {
            while (ahead < sql_.size() && at(ahead) != '\n' && at(ahead) != '\r')
                ++ahead;
        } else {
            break;
        }
    }
    if (!broken || at(ahead) != '\'') return false;
    position_ = ahead;
    return true;
}

void tokenizer::until(std::string_view end) noexcept {
    const std::size_t found = sql_.find(end, position_);
    position_ = found == std::string_view::npos ? sql_.size() : found + end.size();
}

}  // namespace qry::sql
