// The plugins that are installed: found, checked, and listed with what is wrong with the bad ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <qry/export.h>
#include <qry/registry/manifest.hpp>
#include <qry/result.hpp>

namespace qry::registry {

struct search_folder {
    std::filesystem::path path;
    // "QRY_PLUGIN_PATH", "option", "user", "system": why it was looked at.
    std::string origin;
    // What scan met there: "does not exist", "has sqlite, postgresql"; empty before.
    std::string outcome{};
};

// The folders in order: `first` (if any), $QRY_PLUGIN_PATH, $XDG_DATA_HOME/qry/plugins, and
// ../lib/qry/plugins beside the running library, so that an installed tree can be moved.
[[nodiscard]] std::vector<search_folder> default_search(
    const std::vector<std::filesystem::path>& first
);

// One installed plugin. A plugin that cannot be used stays in the list with its reason.
struct plugin {
    manifest about;
    std::filesystem::path folder;
    std::filesystem::path library;
    std::string origin;
    // "hash" (the manifest's digest fits the file), "unsigned" (no digest stated).
    std::string trust;
    // Empty = usable.
    std::string reason;
    [[nodiscard]] bool usable() const noexcept { return reason.empty(); }
};

// A library whose bytes were checked, held open so that what is loaded is what was checked.
class checked_library {
public:
    checked_library(int fd, std::filesystem::path original) noexcept;
    checked_library(checked_library&&) noexcept;
    checked_library& operator=(checked_library&&) noexcept;
    ~checked_library();
    // A path that names the open descriptor; valid while this object lives. No two objects of a
    // process give the same one. Rationale: the C library knows what it loaded by path, and took a
    // second plugin that came under a reused descriptor number for the first.
    [[nodiscard]] std::string loadable_path() const;
    [[nodiscard]] const std::filesystem::path& original() const noexcept { return original_; }

private:
    int fd_;
    std::uint64_t serial_;
    std::filesystem::path original_;
};

class QRY_EXPORT catalog {
public:
    // Reads manifests and ELF notes; runs nothing. The first usable plugin of a name wins; a later
    // one is listed as shadowed. Libraries are not hashed here: open_library does it.
    [[nodiscard]] static catalog scan(std::vector<search_folder> folders);

    // What another process scanned, as it was told: for clients of a daemon.
    [[nodiscard]] static catalog of(
        std::vector<search_folder> folders, std::vector<plugin> plugins
    );

    [[nodiscard]] const std::vector<plugin>& plugins() const noexcept { return plugins_; }
    [[nodiscard]] const std::vector<search_folder>& folders() const noexcept { return folders_; }
    // The same, with every library hashed against its manifest: for listings and check-ups.
    [[nodiscard]] catalog verified() const;
    // By name or alias. Not found: the error lists every folder tried. Unusable: why.
    [[nodiscard]] result<const plugin*> find(std::string_view name) const;

private:
    void add(plugin p);
    [[nodiscard]] error not_found(std::string_view name) const;

    std::vector<search_folder> folders_;
    std::vector<plugin> plugins_;
};

// Opens the library of a usable plugin, checks digest and ELF note against the manifest on the
// very descriptor it returns. Runs nothing.
[[nodiscard]] result<checked_library> open_library(const plugin& which);

}  // namespace qry::registry
