// Secrets taken out of a text. Input: number of secrets, a line for each, the text.
#include <map>
#include <string>

#include "base/scrub.hpp"
#include "fuzz.hpp"

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    using namespace qry;
    pieces in(input);
    const int count = in.number() % 4;
    std::map<std::string, secret> secrets;
    for (int i = 0; i < count; ++i)
        secrets.emplace(std::to_string(i), secret(in.line()));
    const std::string_view text = pieces::text(in.rest());
    const std::string shown = base::scrub(text, secrets);
    for (const auto& [name, value] : secrets) {
        const std::string_view hidden = value.reveal();
        for (std::size_t i = 0; i + base::scrub_fragment <= hidden.size(); ++i) {
            require(
                shown.find(hidden.substr(i, base::scrub_fragment)) == std::string::npos,
                "no fragment of a secret is shown"
            );
        }
    }
    if (count == 0) require(shown == text, "without secrets a text stays as it is");
}
