#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include <qry/registry/catalog.hpp>

namespace qry::registry {

namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

// Absolute and without "." and "..", so that one folder has one name; symbolic links stay.
fs::path tidy(const fs::path& path) {
    std::error_code failure;
    fs::path whole = fs::absolute(path, failure);
    if (failure) whole = path;
    whole = whole.lexically_normal();
    return whole.has_filename() ? whole : whole.parent_path();
}

fs::path resolved(const fs::path& path) {
    std::error_code failure;
    fs::path real = fs::canonical(path, failure);
    return failure ? fs::path() : real;
}

// The shared library that holds this code; empty when that is the executable itself.
fs::path own_library(const fs::path& executable) {
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(&default_search), &info) == 0) return {};
    if (info.dli_fname == nullptr) return {};
    fs::path file = resolved(info.dli_fname);
    return file == executable ? fs::path() : file;
}

void add(std::vector<search_folder>& to, const fs::path& path, const char* origin) {
    if (path.empty()) return;
    const fs::path folder = tidy(path);
    const bool known =
        std::any_of(to.begin(), to.end(), [&](const search_folder& f) { return f.path == folder; });
    if (!known) to.push_back({.path = folder, .origin = origin, .outcome = {}});
}

void add_path_variable(std::vector<search_folder>& to, const std::string& list) {
    std::size_t start = 0;
    while (start <= list.size()) {
        const std::size_t end = std::min(list.find(':', start), list.size());
        add(to, list.substr(start, end - start), "QRY_PLUGIN_PATH");
        start = end + 1;
    }
}

// By the XDG rules a relative folder in the variable is ignored.
fs::path user_data() {
    const fs::path data = variable("XDG_DATA_HOME");
    if (data.is_absolute()) return data;
    const std::string home = variable("HOME");
    return home.empty() ? fs::path() : fs::path(home) / ".local" / "share";
}

}  // namespace

std::vector<search_folder> default_search(const std::vector<fs::path>& first) {
    const fs::path below = fs::path("qry") / "plugins";
    std::vector<search_folder> out;
    for (const fs::path& path : first)
        add(out, path, "option");
    add_path_variable(out, variable("QRY_PLUGIN_PATH"));
    if (const fs::path data = user_data(); !data.empty()) add(out, data / below, "user");
    const fs::path executable = resolved("/proc/self/exe");
    // lib/libqryhost.so beside lib/qry/plugins.
    const fs::path library = own_library(executable);
    if (!library.empty()) add(out, library.parent_path() / below, "system");
    // bin/qry-host beside lib/qry/plugins.
    if (executable.parent_path().filename() == "bin") {
        add(out, executable.parent_path().parent_path() / "lib" / below, "system");
    }
    return out;
}

}  // namespace qry::registry
