// A plugin's manifest, and parameters checked against it. Input: a manifest; after a line "--", a
// line "name=value" for each parameter and "name" for each secret.
#include <map>
#include <set>
#include <string>

#include <qry/registry/manifest.hpp>

#include "fuzz.hpp"

namespace {

using namespace qry;
using namespace qry::registry;

void check(
    const parameter_schema& schema,
    const std::map<std::string, std::string>& params,
    const std::set<std::string>& secrets
) {
    const validated first = validate(schema, params, secrets);
    for (const field_problem& p : first.problems)
        fuzz::require(!p.message.empty(), "a problem is told in a sentence");
    if (!first.problems.empty()) return;
    const validated second = validate(schema, first.values, secrets);
    fuzz::require(second.problems.empty(), "canonical values are valid");
    fuzz::require(second.values == first.values, "canonical values stay as they are");
    for (const auto& [name, value] : first.values) {
        const parameter* p = find(schema, name);
        fuzz::require(
            p != nullptr && !p->secret, "only known, plain parameters are among the values"
        );
    }
}

}  // namespace

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    const std::string_view text = pieces::text(input);
    constexpr std::string_view cut = "\n--\n";
    const std::size_t end = text.find(cut);
    const auto read = parse_manifest(text.substr(0, end), "qry-plugin.json");
    if (!read) {
        require(
            read.error().message.find("qry-plugin.json") != std::string::npos,
            "the error names the file"
        );
        return;
    }
    require(!read->name.empty() && !read->version.empty(), "a manifest has name and version");
    for (const auto& [platform, library] : read->libraries) {
        require(
            !library.file.starts_with('/') && library.file.find("..") == std::string::npos,
            "a library stays in its folder"
        );
    }
    std::map<std::string, std::string> params;
    std::set<std::string> secrets;
    pieces lines(input.subspan(end == std::string_view::npos ? input.size() : end + cut.size()));
    while (!lines.empty()) {
        const std::string_view line = lines.line();
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) {
            secrets.emplace(line);
        } else {
            params.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    check(read->parameters, params, secrets);
}
