// The folder of one plugin: qry-plugin.json and the library. Nothing here loads or runs it.
#pragma once

#include <filesystem>

#include <qry/registry/catalog.hpp>
#include <qry/result.hpp>

namespace qry::cli {

// The plugin in that very folder, with its library hashed against its manifest. One that no host
// can use is found too, and says why.
[[nodiscard]] result<registry::plugin> plugin_in(const std::filesystem::path& folder);

// Copies the plugin's folder to NAME below `plugins`, which is made if need be. What was there is
// replaced in one step, so that a host sees the old one or the new one. A version below the one
// that is there is refused unless `force`. The folder that it went to.
enum class downgrade { refuse, allow };
[[nodiscard]] result<std::filesystem::path> install_plugin(
    const registry::plugin& from, const std::filesystem::path& plugins, downgrade older
);

// Removes what install_plugin made.
[[nodiscard]] result<void> remove_plugin(
    const std::string& name, const std::filesystem::path& plugins
);

}  // namespace qry::cli
