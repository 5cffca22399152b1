#include "statements.hpp"

#include <random>
#include <utility>

namespace qry::postgresql {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool word_at(std::string_view text, std::size_t at, std::string_view lower_case) noexcept {
    if (text.size() - at < lower_case.size()) return false;
    for (std::size_t k = 0; k < lower_case.size(); ++k) {
        if (lower(text[at + k]) != lower_case[k]) return false;
    }
    return true;
}

bool contains_word(std::string_view text, std::string_view lower_case) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (word_at(text, i, lower_case)) return true;
    }
    return false;
}

}  // namespace

// Words are found anywhere, also inside others and in literals: the error is on the safe side.
bool leaves_nothing(std::string_view sql) noexcept {
    if (sql.size() > 1024) return false;
    for (const char c : sql) {
        // Calls, quoted names, Unicode escapes, dollar quotes and anything that is not ASCII. "$1"
        // is a parameter.
        if (c == '(' || c == '"' || c == '\\' || static_cast<unsigned char>(c) >= 0x80)
            return false;
    }
    const std::size_t start = sql.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos || !word_at(sql, start, "select")) return false;
    return !contains_word(sql, "from") && !contains_word(sql, "into") &&
           !contains_word(sql, "table");
}

statement_cache::statement_cache(std::size_t capacity) : capacity_(capacity) {
    // Not guessable from SQL, so that a user's DEALLOCATE does not meet it by accident.
    std::random_device random;
    constexpr char digits[] = "0123456789abcdef";
    prefix_ = "_qry_";
    for (int i = 0; i < 8; ++i)
        prefix_ += digits[random() % 16];
    prefix_ += '_';
}

statement* statement_cache::find(std::string_view sql) noexcept {
    const auto found = by_text_.find(sql);
    if (found == by_text_.end()) return nullptr;
    recent_.splice(recent_.begin(), recent_, found->second);
    return &*found->second;
}

std::string statement_cache::next_name(std::string_view sql) {
    if (capacity_ == 0 || sql.size() > longest_text) return {};
    return prefix_ + std::to_string(++made_);
}

statement* statement_cache::add(statement s) {
    if (s.name.empty()) {
        unnamed_ = std::move(s);
        return &*unnamed_;
    }
    recent_.push_front(std::move(s));
    // The key is the text in the list's node, which does not move.
    by_text_[recent_.front().sql] = recent_.begin();
    while (recent_.size() > capacity_) {
        evicted_.push_back(std::move(recent_.back().name));
        by_text_.erase(recent_.back().sql);
        recent_.pop_back();
    }
    return &recent_.front();
}

std::vector<std::string> statement_cache::take_evicted() noexcept {
    return std::exchange(evicted_, {});
}

void statement_cache::drop(const statement* s) {
    for (auto at = recent_.begin(); at != recent_.end(); ++at) {
        if (&*at != s) continue;
        evicted_.push_back(std::move(at->name));
        by_text_.erase(at->sql);
        recent_.erase(at);
        return;
    }
}

void statement_cache::clear() noexcept {
    by_text_.clear();
    recent_.clear();
    unnamed_.reset();
    evicted_.clear();
}

}  // namespace qry::postgresql
