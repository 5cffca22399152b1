#include "session_state.hpp"

#include <qry/kit/text/hex.hpp>
#include <qry/kit/text/percent.hpp>
#include <qry/kit/text/trim.hpp>

namespace qry::starburst {

namespace {

using pairs = std::map<std::string, std::string, std::less<>>;

// "name=encoded"
void set_pair(pairs& to, std::string_view value) {
    const std::size_t equals = value.find('=');
    if (equals == std::string_view::npos) return;
    to[url_decode(text::trimmed(value.substr(0, equals)))] =
        url_decode(text::trimmed(value.substr(equals + 1)));
}

void clear_pair(pairs& from, std::string_view value) {
    const auto known = from.find(url_decode(text::trimmed(value)));
    if (known != from.end()) from.erase(known);
}

}  // namespace

std::string join_pairs(const std::map<std::string, std::string, std::less<>>& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (!out.empty()) out += ", ";
        out += text::percent_encode(name) + '=' + text::percent_encode(value);
    }
    return out;
}

std::string url_decode(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+') {
            out += ' ';
        } else if (text[i] == '%' && i + 2 < text.size() && text::hex_digit(text[i + 1]) >= 0 && text::hex_digit(text[i + 2]) >= 0) {
            out +=
                static_cast<char>(text::hex_digit(text[i + 1]) * 16 + text::hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

void session_state::take(std::span<const http::header> reply) {
    for (const http::header& h : reply) {
        const std::string_view value = h.value;
        if (h.is("X-Trino-Set-Catalog")) {
            catalog = value;
        } else if (h.is("X-Trino-Set-Schema")) {
            schema = value;
        } else if (h.is("X-Trino-Set-Path")) {
            path = value;
        } else if (h.is("X-Trino-Set-Session")) {
            set_pair(properties, value);
        } else if (h.is("X-Trino-Clear-Session")) {
            clear_pair(properties, value);
        } else if (h.is("X-Trino-Set-Role")) {
            set_pair(roles, value);
        } else if (h.is("X-Trino-Added-Prepare")) {
            set_pair(prepared, value);
        } else if (h.is("X-Trino-Deallocated-Prepare")) {
            clear_pair(prepared, value);
        } else if (h.is("X-Trino-Started-Transaction-Id")) {
            transaction = value;
        } else if (h.is("X-Trino-Clear-Transaction-Id")) {
            transaction.clear();
        } else if (h.is("X-Trino-Set-Authorization-User")) {
            authorization_user = value;
        } else if (h.is("X-Trino-Reset-Authorization-User")) {
            authorization_user.clear();
        }
    }
}

void session_state::add_to(std::vector<http::header>& request) const {
    const auto add = [&](const char* name, std::string value) {
        if (!value.empty()) request.push_back({name, std::move(value)});
    };
    add("X-Trino-Catalog", catalog);
    add("X-Trino-Schema", schema);
    add("X-Trino-Path", path);
    add("X-Trino-Session", join_pairs(properties));
    add("X-Trino-Role", join_pairs(roles));
    add("X-Trino-Prepared-Statement", join_pairs(prepared));
    // Without one the server refuses START TRANSACTION: it thinks the client cannot keep it.
    add("X-Trino-Transaction-Id", transaction.empty() ? "NONE" : transaction);
}

}  // namespace qry::starburst
