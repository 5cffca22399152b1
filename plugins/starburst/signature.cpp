#include "signature.hpp"

#include <cctype>
#include <charconv>
#include <optional>

namespace qry::starburst {

namespace {

constexpr int deepest = 64;

// A recursive descent over one text. Everything returns false at the first thing that does not fit.
class reader {
public:
    explicit reader(std::string_view text) noexcept : text_(text) {}

    [[nodiscard]] bool read(signature& out) { return type(out, 0) && at_end(); }
    [[nodiscard]] std::size_t position() const noexcept { return at_; }

private:
    void blanks() noexcept {
        while (at_ < text_.size() && text_[at_] == ' ')
            ++at_;
    }
    [[nodiscard]] bool at_end() noexcept {
        blanks();
        return at_ == text_.size();
    }
    [[nodiscard]] bool sees(char c) noexcept {
        blanks();
        return at_ < text_.size() && text_[at_] == c;
    }
    [[nodiscard]] bool take(char c) noexcept {
        if (!sees(c)) return false;
        ++at_;
        return true;
    }
    static bool word_char(char c) noexcept {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
               static_cast<unsigned char>(c) >= 0x80;
    }
    [[nodiscard]] std::string_view word() noexcept {
        blanks();
        const std::size_t from = at_;
        while (at_ < text_.size() && word_char(text_[at_]))
            ++at_;
        return text_.substr(from, at_ - from);
    }
    static std::string lower(std::string_view text) {
        std::string out(text);
        for (char& c : out)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return out;
    }

    bool number(std::int64_t& out) noexcept {
        blanks();
        const auto [end, failure] =
            std::from_chars(text_.data() + at_, text_.data() + text_.size(), out);
        if (failure != std::errc()) return false;
        at_ = static_cast<std::size_t>(end - text_.data());
        return true;
    }

    // "with time zone" stands behind the precision; "double precision", "interval day to second"
    // have words only.
    bool more_words(signature& out) {
        for (;;) {
            blanks();
            if (at_ >= text_.size() || !word_char(text_[at_])) return true;
            out.base += ' ';
            out.base += lower(word());
        }
    }

    bool type(signature& out, int depth) {
        if (depth > deepest) return false;
        out.base = lower(word());
        if (out.base.empty()) return false;
        if (out.base == "row" && sees('(')) return fields(out, depth);
        if (!more_words(out)) return false;
        if (take('(')) {
            do {
                if (!parameter(out, depth)) return false;
            } while (take(','));
            if (!take(')')) return false;
            return more_words(out);
        }
        return true;
    }

    bool parameter(signature& out, int depth) {
        blanks();
        if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) {
            return number(out.numbers.emplace_back());
        }
        return type(out.types.emplace_back(), depth + 1);
    }

    bool quoted(std::string& name) {
        if (!take('"')) return false;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] != '"') {
                name += text_[at_];
            } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                name += text_[at_++];
            } else {
                ++at_;
                return true;
            }
        }
        return false;
    }

    // A field is a type, or a name and a type: one word before ',' or ')' or '(' is a type.
    bool fields(signature& out, int depth) {
        if (!take('(')) return false;
        do {
            std::string name;
            if (sees('"')) {
                if (!quoted(name)) return false;
            } else if (!field_name(name)) {
                return false;
            }
            out.names.push_back(std::move(name));
            if (!type(out.types.emplace_back(), depth + 1)) return false;
        } while (take(','));
        return take(')');
    }

    bool field_name(std::string& name) {
        const std::size_t from = at_;
        const std::string_view first = word();
        if (first.empty()) return false;
        const bool alone = sees(',') || sees(')') || sees('(');
        if (alone || starts_type(lower(first))) {
            at_ = from;
            return true;
        }
        name = first;
        return true;
    }
    // "timestamp with time zone", "interval day to second" and "double precision" of a field that
    // has no name: the words that may follow tell.
    bool starts_type(const std::string& first) {
        const std::size_t from = at_;
        const std::string second = lower(word());
        at_ = from;
        return (first == "double" && second == "precision") ||
               (first == "interval" && (second == "day" || second == "year")) ||
               ((first == "time" || first == "timestamp") &&
                (second == "with" || second == "without"));
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

result<signature> parse_signature(std::string_view text) {
    signature out;
    reader from(text);
    if (from.read(out)) return out;
    return error{
        .message = "the server named a type that this driver cannot read: '" +
                   std::string(text.substr(0, 200)) + "', at character " +
                   std::to_string(from.position() + 1),
        .hint = "Cast the column to varchar, and report the type."};
}

}  // namespace qry::starburst
