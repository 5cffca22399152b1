#include <qry/kit/auth/xml.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <qry/kit/text/trim.hpp>

#include "wiped.hpp"

namespace qry::auth {

namespace {

constexpr std::size_t most_levels = 32;
constexpr std::size_t most_elements = 1'000;

void append_utf8(std::string& to, std::uint32_t c) {
    if (c < 0x80) {
        to += static_cast<char>(c);
        return;
    }
    if (c < 0x800) {
        to += static_cast<char>(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            to += static_cast<char>(0xe0 | c >> 12);
        } else {
            to += static_cast<char>(0xf0 | c >> 18);
            to += static_cast<char>(0x80 | (c >> 12 & 0x3f));
        }
        to += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    }
    to += static_cast<char>(0x80 | (c & 0x3f));
}

// What stands between '&' and ';' (XML 1.0 §4.1 and §4.6). False = unknown.
bool append_entity(std::string& to, std::string_view name) {
    constexpr std::pair<std::string_view, char> known[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (const auto& [word, c] : known) {
        if (name == word) return to += c, true;
    }
    if (!name.starts_with('#')) return false;
    const bool hex = name.starts_with("#x");
    const std::string_view digits = name.substr(hex ? 2 : 1);
    std::uint32_t c = 0;
    const auto [end, why] =
        std::from_chars(digits.data(), digits.data() + digits.size(), c, hex ? 16 : 10);
    const bool whole = why == std::errc() && end == digits.data() + digits.size();
    if (!whole || c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return false;
    append_utf8(to, c);
    return true;
}

class reader {
public:
    explicit reader(std::string_view document) : rest_(document) {
        text_.text.reserve(rest_.size());
    }

    std::optional<std::vector<xml_text>> read() {
        while (!rest_.empty()) {
            if (!step()) return std::nullopt;
        }
        if (!open_.empty() || elements_ == 0) return std::nullopt;
        return std::move(out_);
    }

private:
    bool step() {
        if (!rest_.starts_with('<')) return take_text();
        if (rest_.starts_with("<!--")) return skip_past("-->");
        if (rest_.starts_with("<?")) return skip_past("?>");
        if (rest_.starts_with("<![CDATA[")) return take_cdata();
        if (rest_.starts_with("<!")) return false;
        return rest_.starts_with("</") ? end_element() : begin_element();
    }
    bool skip_past(std::string_view end) {
        const std::size_t at = rest_.find(end);
        if (at == std::string_view::npos) return false;
        rest_.remove_prefix(at + end.size());
        return true;
    }
    bool take_text() {
        const std::size_t end = std::min(rest_.find('<'), rest_.size());
        std::string_view text = rest_.substr(0, end);
        rest_.remove_prefix(end);
        if (open_.empty()) return text::trimmed(text).empty();
        while (!text.empty()) {
            const std::size_t plain = std::min(text.find('&'), text.size());
            text_.text += text.substr(0, plain);
            text.remove_prefix(plain);
            if (text.empty()) break;
            const std::size_t last = text.find(';');
            if (last == std::string_view::npos) return false;
            if (!append_entity(text_.text, text.substr(1, last - 1))) return false;
            text.remove_prefix(last + 1);
        }
        return true;
    }
    bool take_cdata() {
        constexpr std::string_view begin = "<![CDATA[";
        const std::size_t end = rest_.find("]]>");
        if (open_.empty() || end == std::string_view::npos) return false;
        text_.text += rest_.substr(begin.size(), end - begin.size());
        return skip_past("]]>");
    }
    // Where a tag ends: '>' may stand in the quotes of an attribute.
    [[nodiscard]] std::size_t end_of_tag() const noexcept {
        char quote = 0;
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            const char c = rest_[i];
            if (quote != 0) {
                if (c == quote) quote = 0;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                return i;
            }
        }
        return std::string_view::npos;
    }
    bool begin_element() {
        const std::size_t end = end_of_tag();
        if (end == std::string_view::npos || ++elements_ > most_elements) return false;
        std::string_view tag = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        const bool closed = tag.ends_with('/');
        if (closed) tag.remove_suffix(1);
        const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n"));
        // A second root.
        const bool another = open_.empty() && elements_ > 1;
        if (name.empty() || another || open_.size() == most_levels) return false;
        open_.push_back(name);
        forget_text();
        leaf_ = true;
        return !closed || close();
    }
    bool end_element() {
        const std::size_t end = rest_.find('>');
        if (end == std::string_view::npos || open_.empty()) return false;
        if (text::trimmed(rest_.substr(2, end - 2)) != open_.back()) return false;
        rest_.remove_prefix(end + 1);
        return close();
    }
    bool close() {
        if (leaf_) {
            std::string path;
            for (const std::string_view name : open_) {
                if (!path.empty()) path += '/';
                path += name.substr(name.find(':') + 1);
            }
            out_.push_back({std::move(path), secret(text::trimmed(text_.text))});
        }
        open_.pop_back();
        forget_text();
        leaf_ = false;
        return true;
    }
    void forget_text() noexcept {
        wipe(text_.text.data(), text_.text.size());
        text_.text.clear();
    }

    std::string_view rest_;
    std::vector<std::string_view> open_;
    std::size_t elements_ = 0;
    // Of the innermost element, when nothing was inside it yet.
    bool leaf_ = false;
    wiped_text text_;
    std::vector<xml_text> out_;
};

}  // namespace

std::optional<std::vector<xml_text>> read_xml(std::string_view document) {
    // A byte order mark.
    if (document.starts_with("\xef\xbb\xbf")) document.remove_prefix(3);
    return reader(document).read();
}

std::string_view find_xml(const std::vector<xml_text>& in, std::string_view path) noexcept {
    for (const xml_text& one : in) {
        const std::string_view whole = one.path;
        if (!whole.ends_with(path)) continue;
        const std::size_t before = whole.size() - path.size();
        if (before == 0 || whole[before - 1] == '/') return one.text.reveal();
    }
    return {};
}

}  // namespace qry::auth
