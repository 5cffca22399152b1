#include "base/scrub.hpp"

#include <cstdint>
#include <cstring>
#include <unordered_set>
#include <vector>

namespace qry::base {

namespace {

constexpr std::string_view mask = "***";

bool is_alnum(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string percent(std::string_view text, const char* hex) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
            out += c;
        } else {
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    return out;
}

// How the secret looks inside the base64 of a longer text, `lead` bytes after a multiple of three;
// characters that its neighbours take part in are left out.
std::string base64(std::string_view text, std::size_t lead, const char* alphabet) {
    std::string bytes(lead, '\0');
    bytes += text;
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : bytes) {
        bits = (bits << 8) | static_cast<unsigned char>(c);
        held += 8;
        while (held >= 6) {
            held -= 6;
            out += alphabet[(bits >> held) & 63];
        }
    }
    out.erase(0, lead == 0 ? 0 : lead + 1);
    wipe(bytes.data(), bytes.size());
    return out;
}

// As JSON writes it, with and without \/ ; other control characters as \u00xx.
std::string json(std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            default:
                if (byte < 0x20) {
                    out += "\\u00";
                    out += hex[byte >> 4];
                    out += hex[byte & 15];
                } else {
                    out += c;
                }
        }
    }
    return out;
}

// Each of `what` preceded by `with`: \' and \\ of libpq, '' of SQL, }} of ODBC.
std::string quoted(std::string_view text, std::string_view what, char with) {
    std::string out;
    for (const char c : text) {
        if (what.find(c) != std::string_view::npos) out += with;
        out += c;
    }
    return out;
}

std::vector<std::string> forms_of(std::string_view text) {
    static constexpr char standard[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static constexpr char for_urls[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::vector<std::string> forms;
    forms.emplace_back(text);
    forms.push_back(percent(text, "0123456789ABCDEF"));
    forms.push_back(percent(text, "0123456789abcdef"));
    forms.push_back(json(text));
    forms.push_back(quoted(text, "'\\", '\\'));
    forms.push_back(quoted(text, "'", '\''));
    forms.push_back(quoted(text, "\"", '"'));
    forms.push_back(quoted(text, "}", '}'));
    for (std::size_t lead = 0; lead < 3; ++lead) {
        forms.push_back(base64(text, lead, standard));
        forms.push_back(base64(text, lead, for_urls));
    }
    return forms;
}

std::uint64_t fragment_at(const char* at) noexcept {
    std::uint64_t packed = 0;
    std::memcpy(&packed, at, scrub_fragment);
    return packed;
}

// Marks what must not be shown.
class marker {
public:
    explicit marker(std::string_view text) : text_(text), hidden_(text.size(), 0) {}

    void fragments(const std::unordered_set<std::uint64_t>& known) {
        for (std::size_t i = 0; i + scrub_fragment <= text_.size(); ++i) {
            if (known.contains(fragment_at(text_.data() + i))) hide(i, scrub_fragment);
        }
    }
    void whole(std::string_view form) {
        if (form.empty()) return;
        for (auto i = text_.find(form); i != std::string_view::npos; i = text_.find(form, i + 1)) {
            if (form.size() > 2 || stands_alone(i, form.size())) hide(i, form.size());
        }
    }
    [[nodiscard]] std::string shown() const {
        std::string out;
        for (std::size_t i = 0; i < text_.size(); ++i) {
            if (hidden_[i] == 0) {
                out += text_[i];
            } else if (i == 0 || hidden_[i - 1] == 0) {
                out += mask;
            }
        }
        return out;
    }

private:
    void hide(std::size_t from, std::size_t size) { hidden_.replace(from, size, size, '\1'); }
    [[nodiscard]] bool stands_alone(std::size_t from, std::size_t size) const {
        const bool before = from > 0 && is_alnum(text_[from - 1]);
        const bool after = from + size < text_.size() && is_alnum(text_[from + size]);
        return !before && !after;
    }

    std::string_view text_;
    std::string hidden_;
};

}  // namespace

std::string scrub(std::string_view text, const std::map<std::string, secret>& secrets) {
    if (text.empty() || secrets.empty()) return std::string(text);
    marker marks(text);
    std::unordered_set<std::uint64_t> known;
    for (const auto& [name, value] : secrets) {
        for (std::string& form : forms_of(value.reveal())) {
            if (form.size() < scrub_fragment) {
                // A short base64 tail would match half of all words.
                if (form.size() >= value.size()) marks.whole(form);
            } else {
                for (std::size_t i = 0; i + scrub_fragment <= form.size(); ++i) {
                    known.insert(fragment_at(form.data() + i));
                }
            }
            wipe(form.data(), form.size());
        }
    }
    marks.fragments(known);
    std::string out = marks.shown();
    // A mask may have brought together what, with its asterisks, is a fragment again; masking that
    // makes the text shorter, so there is an end.
    for (;;) {
        marker again(out);
        again.fragments(known);
        std::string next = again.shown();
        if (next == out) return out;
        out = std::move(next);
    }
}

}  // namespace qry::base
