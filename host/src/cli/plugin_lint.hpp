// What a built plugin should be besides loadable: the things that only show on another machine, or
// to somebody who installs it.
#pragma once

#include <string>
#include <vector>

#include <qry/registry/catalog.hpp>

namespace qry::cli {

struct finding {
    enum class weight { ok, warning, error };
    // A stable word: "manifest", "symbols", "glibc", …
    std::string check;
    weight how = weight::ok;
    // What was found, and for what is not ok, what to do.
    std::string text;
};

// Nothing of it is loaded or run. One finding for each check, or an error of "plugin" alone when no
// host can use it.
[[nodiscard]] std::vector<finding> lint_plugin(const registry::plugin& of);

}  // namespace qry::cli
