#include <qry/registry/catalog.hpp>

#include <qry/version.h>
#include <qry/kit/text/utf8.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

#include "library.hpp"
#include "near.hpp"

namespace qry::registry {

namespace {

namespace fs = std::filesystem;

constexpr const char* manifest_name = "qry-plugin.json";

// "sqlite" for libqry_sqlite.so; empty for other files.
std::string plugin_name_of(const fs::path& file) {
    const std::string name = file.filename().string();
    const std::string_view prefix = "libqry_";
    const std::string_view suffix = ".so";
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return {};
    return name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
}

// The entries of a folder by name, so that a listing does not depend on the disk.
std::vector<fs::path> entries(const fs::path& folder, std::error_code& failure) {
    std::vector<fs::path> out;
    fs::directory_iterator it(folder, failure);
    for (; !failure && it != fs::directory_iterator(); it.increment(failure)) {
        // Hidden: a plugin on its way in or out.
        if (!it->path().filename().string().starts_with('.')) out.push_back(it->path());
    }
    std::sort(out.begin(), out.end());
    return out;
}

bool present(const fs::path& file) {
    // A dangling link is a defect to report, not a file that is absent.
    std::error_code failure;
    return fs::exists(fs::symlink_status(file, failure));
}

plugin bad(const fs::path& folder, std::string name, std::string reason) {
    plugin out;
    out.about.name = std::move(name);
    out.folder = folder;
    out.reason = std::move(reason);
    return out;
}

// Why the plugin that the manifest describes cannot be used; empty = it can.
std::string defect(plugin& p) {
    if (p.about.abi_major != QRY_ABI_MAJOR) {
        const std::string major = std::to_string(QRY_ABI_MAJOR);
        return "plugin '" + p.about.name + "' " + p.about.version + " speaks ABI " +
               std::to_string(p.about.abi_major) + "." + std::to_string(p.about.abi_minor) +
               "; this host speaks " + major + ".x; rebuild it against an SDK of ABI " + major;
    }
    const auto entry = p.about.libraries.find(std::string(this_platform()));
    if (entry == p.about.libraries.end()) {
        std::vector<std::string> platforms;
        for (const auto& [platform, unused] : p.about.libraries)
            platforms.push_back(platform);
        return "it has no library for " + std::string(this_platform()) + ", only for " +
               join(platforms);
    }
    p.library = p.folder / entry->second.file;
    p.trust = entry->second.sha256.empty() ? "unsigned" : "hash";
    const auto checked = open_and_check(p.about, p.library);
    return checked ? std::string() : checked.error().message;
}

plugin read_plugin(const fs::path& folder) {
    auto about = read_manifest(folder / manifest_name);
    if (!about) {
        std::string reason = about.error().message;
        if (!about.error().hint.empty()) reason += "; " + about.error().hint;
        return bad(folder, folder.filename().string(), std::move(reason));
    }
    plugin out;
    out.about = std::move(*about);
    out.folder = folder;
    out.reason = defect(out);
    return out;
}

std::string no_manifest(const fs::path& library) {
    return "'" + library.string() + "' has no " + manifest_name + " beside it";
}

// What one subfolder of a search folder holds: at most one plugin.
std::vector<plugin> read_subfolder(const fs::path& folder) {
    if (present(folder / manifest_name)) return {read_plugin(folder)};
    std::error_code failure;
    for (const fs::path& file : entries(folder, failure)) {
        const std::string name = plugin_name_of(file);
        if (!name.empty()) return {bad(folder, name, no_manifest(file))};
    }
    if (!failure) return {};
    return {
        bad(folder,
            folder.filename().string(),
            "'" + folder.string() + "' cannot be read: " + failure.message())};
}

std::vector<plugin> read_folder(const fs::path& folder, std::error_code& failure) {
    // The folder of one plugin, named directly.
    if (present(folder / manifest_name)) return {read_plugin(folder)};
    std::vector<plugin> out;
    for (const fs::path& entry : entries(folder, failure)) {
        std::error_code unknown;
        if (fs::is_directory(entry, unknown)) {
            for (plugin& p : read_subfolder(entry))
                out.push_back(std::move(p));
        } else if (const std::string name = plugin_name_of(entry); !name.empty()) {
            out.push_back(bad(folder, name, no_manifest(entry)));
        } else if (unknown && present(entry)) {
            out.push_back(
                bad(entry,
                    entry.filename().string(),
                    "'" + entry.string() + "' cannot be followed: " + unknown.message())
            );
        }
    }
    return out;
}

std::string summary(const std::vector<plugin>& found) {
    std::vector<std::string> names;
    for (const plugin& p : found)
        names.push_back(p.about.name + (p.usable() ? "" : " (unusable)"));
    return names.empty() ? std::string("holds no plugin") : "has " + join(names);
}

std::string why_unreadable(const std::error_code& failure) {
    if (failure == std::errc::no_such_file_or_directory) return "does not exist";
    if (failure == std::errc::not_a_directory) return "is not a folder";
    return "cannot be read: " + failure.message();
}

bool answers_to(const plugin& p, std::string_view name) {
    return std::find(p.about.aliases.begin(), p.about.aliases.end(), name) != p.about.aliases.end();
}

}  // namespace

catalog catalog::scan(std::vector<search_folder> folders) {
    catalog out;
    std::vector<fs::path> seen;
    for (search_folder& folder : folders) {
        std::error_code failure;
        const fs::path real = fs::weakly_canonical(folder.path, failure);
        if (!failure && std::find(seen.begin(), seen.end(), real) != seen.end()) {
            folder.outcome = "was searched already";
            continue;
        }
        if (!failure) seen.push_back(real);
        failure.clear();
        std::vector<plugin> found = read_folder(folder.path, failure);
        folder.outcome = failure && found.empty() ? why_unreadable(failure) : summary(found);
        for (plugin& p : found) {
            p.origin = folder.origin;
            out.add(std::move(p));
        }
    }
    out.folders_ = std::move(folders);
    return out;
}

void catalog::add(plugin p) {
    const auto earlier = std::find_if(plugins_.begin(), plugins_.end(), [&](const plugin& other) {
        return other.usable() && other.about.name == p.about.name;
    });
    if (p.usable() && earlier != plugins_.end()) {
        p.reason = "it is shadowed by version " + earlier->about.version + " in '" +
                   earlier->folder.string() + "', which is searched first";
    }
    // Names of folders may hold any bytes; what reads the listing expects text.
    p.about.name = text::replace_invalid_utf8(p.about.name);
    p.reason = text::replace_invalid_utf8(p.reason);
    plugins_.push_back(std::move(p));
}

catalog catalog::of(std::vector<search_folder> folders, std::vector<plugin> plugins) {
    catalog out;
    out.folders_ = std::move(folders);
    out.plugins_ = std::move(plugins);
    return out;
}

catalog catalog::verified() const {
    catalog out = *this;
    for (plugin& p : out.plugins_) {
        if (!p.usable()) continue;
        const auto opened = open_library(p);
        if (!opened) p.reason = opened.error().message;
    }
    return out;
}

result<const plugin*> catalog::find(std::string_view name) const {
    const plugin* unusable = nullptr;
    for (const plugin& p : plugins_) {
        if (p.about.name != name) continue;
        if (p.usable()) return &p;
        if (unusable == nullptr) unusable = &p;
    }
    for (const plugin& p : plugins_) {
        if (p.usable() && answers_to(p, name)) return &p;
    }
    for (const plugin& p : plugins_) {
        if (unusable == nullptr && answers_to(p, name)) unusable = &p;
    }
    if (unusable == nullptr) return not_found(name);
    return error{
        .kind = status::plugin_error,
        .message = "driver '" + std::string(name) + "' cannot be used: " + unusable->reason,
        .hint = "'qry-host drivers' lists every plugin with its state",
        .from = origin::host};
}

error catalog::not_found(std::string_view name) const {
    std::vector<std::string> known;
    for (const plugin& p : plugins_) {
        if (p.usable()) known.push_back(p.about.name);
    }
    std::string tried;
    for (const search_folder& folder : folders_) {
        tried += (tried.empty() ? "" : "; ") + folder.path.string() + " (" + folder.origin + ") " +
                 folder.outcome;
    }
    const auto meant = nearest(name, known);
    return {
        .kind = status::not_found,
        .message = "driver '" + std::string(name) + "' is not installed; " +
                   (tried.empty() ? "there was no folder to search" : "searched: " + tried),
        .hint = (meant ? "did you mean '" + *meant + "'? " : std::string()) +
                "install its plugin in one of these folders, or name its folder in QRY_PLUGIN_PATH",
        .from = origin::host,
        .parameter = "driver"};
}

}  // namespace qry::registry
