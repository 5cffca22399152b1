// What a host does with an installed plugin, with an eye on whether any of its code ran.
#pragma once

#include <filesystem>
#include <string>

namespace qry::test {

struct outcome {
    // Empty = it was loaded.
    std::string reason;
    // The loader was asked, so the checks had nothing against it.
    bool reached_the_loader = false;
    // The plugin's constructor ran.
    bool sang = false;
};

// Scans the folder, opens the library of its one plugin and loads it, each step only if the one
// before succeeded; in a child process, so that what is loaded stays out of this one.
[[nodiscard]] outcome use_plugin(const std::filesystem::path& folder);

}  // namespace qry::test
