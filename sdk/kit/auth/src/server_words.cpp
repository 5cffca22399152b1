#include "server_words.hpp"

#include <qry/kit/text/percent.hpp>
#include <qry/kit/text/trim.hpp>
#include <qry/kit/text/utf8.hpp>

#include "wiped.hpp"

namespace qry::auth {

namespace {

constexpr std::size_t longest = 500;
// Shorter ones would blot out ordinary words; nobody guards anything with them.
constexpr std::size_t shortest_secret = 4;

void blot(std::string& text, std::string_view what) {
    if (what.size() < shortest_secret) return;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;)
        text.replace(at, what.size(), "***");
}

}  // namespace

std::string server_words(std::string_view text, const std::vector<std::string_view>& secrets) {
    std::string out(text);
    for (const std::string_view one : secrets) {
        blot(out, one);
        const wiped_text escaped(text::percent_encode(one));
        blot(out, escaped.text);
    }
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    // A character cut in two at the end is dropped, not replaced.
    const std::string_view cut = std::string_view(out).substr(0, longest);
    const bool whole = out.size() <= longest;
    std::string good = text::replace_invalid_utf8(
        whole || cut.size() - text::valid_utf8_prefix(cut) > 3
            ? cut
            : cut.substr(0, text::valid_utf8_prefix(cut))
    );
    if (!whole) good += "…";
    return std::string(text::trimmed(good));
}

}  // namespace qry::auth
