// A new plugin's source tree, made from that of a sample.
#pragma once

#include <filesystem>
#include <string>

#include <qry/result.hpp>

namespace qry::cli {

// Who the new plugin is, in place of who the sample is; as in qry-plugin.json.
struct plugin_names {
    // [a-z][a-z0-9_]* of at most 32 characters.
    std::string name;
    std::string title;
    std::string publisher;
};

// Copies the tree `from`, which holds a qry-plugin.json, to `to`, which must not exist. Its name,
// title and publisher are replaced in all files, and its name in the names of files; what was built
// in it is left out. The new tree appears as a whole, or not at all.
[[nodiscard]] result<void> make_plugin_tree(
    const std::filesystem::path& from, const std::filesystem::path& to, const plugin_names& who
);

// `text` with each `name` that is a word of its own, or stands behind or before a '_', replaced.
[[nodiscard]] std::string rename_in(
    std::string_view text, std::string_view name, std::string_view replacement
);

}  // namespace qry::cli
