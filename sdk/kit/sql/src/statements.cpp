#include <algorithm>
#include <array>

#include <qry/kit/sql/tokenizer.hpp>

namespace qry::sql {

namespace {

std::string upper(std::string_view word) {
    std::string out(word);
    for (char& c : out) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return out;
}

bool blank(token_kind kind) noexcept {
    return kind == token_kind::space || kind == token_kind::comment;
}

// Whether a semicolon separates here: not in parentheses, and not in the body of a routine.
class nesting {
public:
    void feed(const token& t) {
        if (t.kind == token_kind::symbol) {
            if (t.text == "(") ++parentheses_;
            if (t.text == ")" && parentheses_ > 0) --parentheses_;
        }
        if (t.kind == token_kind::word) word(upper(t.text));
    }
    [[nodiscard]] bool separates() const noexcept { return parentheses_ == 0 && bodies_ == 0; }

private:
    void word(const std::string& text) {
        ++words_;
        if (words_ == 1) creates_ = text == "CREATE";
        // CREATE OR REPLACE TEMP TRIGGER: what is created is among the first words.
        static constexpr std::array routines = {"FUNCTION", "PROCEDURE", "TRIGGER"};
        if (creates_ && words_ <= 5 &&
            std::find(routines.begin(), routines.end(), text) != routines.end()) {
            routine_ = true;
        }
        if (!routine_) return;
        // CASE ends with END, too.
        if (text == "BEGIN" || (text == "CASE" && bodies_ > 0)) ++bodies_;
        if (text == "END" && bodies_ > 0) --bodies_;
    }

    std::size_t words_ = 0;
    std::size_t parentheses_ = 0;
    std::size_t bodies_ = 0;
    bool creates_ = false;
    bool routine_ = false;
};

constexpr std::array<std::string_view, 7> readers{
    "SELECT", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN"};

// Wherever they stand as words of their own, something may be written, locked or run. Functions and
// columns of these names make a reader look like a writer, which is the safe side.
constexpr std::array<std::string_view, 20> writers{
    "INSERT", "UPDATE", "DELETE",  "MERGE",   "INTO",    "CREATE", "DROP",
    "ALTER",  "CALL",   "EXECUTE", "ANALYZE", "ANALYSE", "COPY",   "TRUNCATE",
    "GRANT",  "REVOKE", "REFRESH", "LOCK",    "SHARE",   "UPSERT"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) noexcept {
    return std::ranges::find(words, word) != words.end();
}

}  // namespace

std::vector<std::string_view> split(std::string_view sql, dialect of) {
    std::vector<std::string_view> out;
    tokenizer tokens(sql, of);
    nesting depth;
    // From the first to behind the last token that is more than a blank.
    const char* begin = nullptr;
    const char* end = nullptr;
    const auto finish = [&] {
        if (begin != nullptr) out.emplace_back(begin, static_cast<std::size_t>(end - begin));
        begin = nullptr;
        depth = nesting();
    };
    while (const auto t = tokens.next()) {
        if (blank(t->kind)) continue;
        if (t->kind == token_kind::semicolon && depth.separates()) {
            finish();
            continue;
        }
        depth.feed(*t);
        if (begin == nullptr) begin = t->text.data();
        end = t->text.data() + t->text.size();
    }
    finish();
    return out;
}

std::size_t statement_count(std::string_view sql, dialect of) {
    return split(sql, of).size();
}

std::string first_keyword(std::string_view sql, dialect of) {
    tokenizer tokens(sql, of);
    while (const auto t = tokens.next()) {
        if (t->kind == token_kind::word) return upper(t->text);
        const bool opening = t->kind == token_kind::symbol && t->text == "(";
        if (!blank(t->kind) && t->kind != token_kind::semicolon && !opening) break;
    }
    return {};
}

bool only_reads(std::string_view sql, dialect of) {
    if (statement_count(sql, of) != 1) return false;
    const std::string first = first_keyword(sql, of);
    if (first != "WITH" && !among(readers, first)) return false;
    bool reads = first != "WITH";
    tokenizer tokens(sql, of);
    while (auto t = tokens.next()) {
        if (t->kind != token_kind::word) continue;
        const std::string word = upper(t->text);
        if (among(writers, word)) return false;
        reads = reads || word == "SELECT" || word == "VALUES" || word == "TABLE";
    }
    return reads;
}

}  // namespace qry::sql
