#include "array_text.hpp"

namespace qry::postgresql {

namespace {

// From the opening quote on; leaves `text` after the closing one.
bool take_quoted(std::string_view& text, std::string& out) {
    text.remove_prefix(1);
    while (!text.empty()) {
        char c = text.front();
        text.remove_prefix(1);
        if (c == '"') return true;
        if (c == '\\') {
            if (text.empty()) return false;
            c = text.front();
            text.remove_prefix(1);
        }
        out += c;
    }
    return false;
}

}  // namespace

array_text read_array_text(std::string_view text, char delimiter) {
    const array_text broken{array_text::kind::malformed, {}};
    const array_text nested{array_text::kind::nested, {}};
    // "[0:1]={…}": bounds are shown only when one of them is not 1.
    if (text.starts_with('[')) return nested;
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') return broken;
    text = text.substr(1, text.size() - 2);
    array_text out;
    if (text.empty()) return out;
    for (;;) {
        if (text.starts_with('{')) return nested;
        std::string item;
        if (text.starts_with('"')) {
            if (!take_quoted(text, item)) return broken;
            out.items.emplace_back(std::move(item));
        } else {
            bool escaped = false;
            while (!text.empty() && text.front() != delimiter) {
                if (text.front() == '\\') {
                    text.remove_prefix(1);
                    escaped = true;
                    if (text.empty()) return broken;
                }
                item += text.front();
                text.remove_prefix(1);
            }
            if (item.empty()) return broken;
            if (item == "NULL" && !escaped) {
                out.items.emplace_back();
            } else {
                out.items.emplace_back(std::move(item));
            }
        }
        if (text.empty()) return out;
        if (text.front() != delimiter) return broken;
        text.remove_prefix(1);
        if (text.empty()) return broken;
    }
}

void append_array_item(std::string& out, std::string_view item) {
    out += '"';
    for (const char c : item) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

}  // namespace qry::postgresql
