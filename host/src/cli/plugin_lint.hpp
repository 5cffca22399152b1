// What a built plugin should be besides loadable: the things that only show on another machine, or
// to somebody who installs it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace qry::cli {

struct finding {
    enum class weight { ok, warning, error };
    // A stable word: "manifest", "symbols", "glibc", …
    std::string check;
    weight how = weight::ok;
    // What was found, and for what is not ok, what to do.
    std::string text;
};

// `folder` holds qry-plugin.json and the library; nothing of it is loaded or run. One finding for
// each check, or an error of "plugin" alone when it is none that a host can use.
[[nodiscard]] std::vector<finding> lint_plugin(const std::filesystem::path& folder);

}  // namespace qry::cli
