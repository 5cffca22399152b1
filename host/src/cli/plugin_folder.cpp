#include "cli/plugin_folder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string>
#include <system_error>

#include <qry/host.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qry::cli {

namespace fs = std::filesystem;

namespace {

using registry::plugin;

error cannot(const std::string& what, const fs::path& path, const std::error_code& why) {
    const bool denied = why == std::errc::permission_denied;
    return {
        .kind = denied ? status::permission_denied : status::resource_limit,
        .message = "cannot " + what + " '" + path.string() + "': " + why.message(),
        .hint = "See that you may write there and that there is room.",
        .from = origin::host};
}

// Semantic versions, by their numbers.
std::array<std::int64_t, 3> numbers_of(const std::string& version) {
    std::array<std::int64_t, 3> out{};
    const char* at = version.data();
    const char* const end = at + version.size();
    for (std::int64_t& number : out) {
        at = std::from_chars(at, end, number).ptr;
        if (at == end || *at != '.') break;
        ++at;
    }
    return out;
}

// Files alone, for everybody to read and nobody else to write.
result<void> copy_files(const fs::path& from, const fs::path& to) {
    std::error_code failed;
    fs::create_directory(to, failed);
    if (failed) return cannot("make", to, failed);
    for (const auto& entry : fs::directory_iterator(from, failed)) {
        if (!entry.is_regular_file()) continue;
        const fs::path file = to / entry.path().filename();
        fs::copy_file(entry.path(), file, failed);
        if (failed) return cannot("copy to", file, failed);
        fs::permissions(file, fs::perms(0644), failed);
        if (failed) return cannot("change", file, failed);
    }
    if (failed) return cannot("read", from, failed);
    fs::permissions(to, fs::perms(0755), failed);
    return {};
}

// `fresh` takes the place of `target`, if that is there, in one step.
result<void> put_in_place(const fs::path& fresh, const fs::path& target) {
    std::error_code failed;
    if (!fs::exists(fs::symlink_status(target, failed))) {
        fs::rename(fresh, target, failed);
        if (failed) return cannot("make", target, failed);
        return {};
    }
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) != 0) {
        return cannot("replace", target, {errno, std::generic_category()});
    }
    // The old one; a worker that has it loaded keeps its bytes.
    fs::remove_all(fresh, failed);
    return {};
}

}  // namespace

result<plugin> plugin_in(const fs::path& folder) {
    std::error_code failed;
    if (fs::exists(fs::symlink_status(folder / "qry-plugin.json", failed))) {
        const auto found =
            registry::catalog::scan({{.path = folder, .origin = "folder"}}).verified();
        if (!found.plugins().empty()) return found.plugins().front();
    }
    return error{
        .kind = status::not_found,
        .message = "there is no qry-plugin.json in '" + folder.string() + "'",
        .hint =
            "Name the folder that holds it and the library, such as "
            "build/lib/qry/plugins/acme",
        .from = origin::host};
}

result<fs::path> install_plugin(const plugin& from, const fs::path& plugins, downgrade older) {
    const fs::path target = plugins / from.about.name;
    if (const auto there = plugin_in(target); there && older == downgrade::refuse) {
        const std::string& now = there->about.version;
        if (numbers_of(from.about.version) < numbers_of(now)) {
            return error{
                .kind = status::conflict,
                .message = "'" + from.about.name + "' " + now + " is installed, and " +
                           from.about.version + " is older",
                .hint = "Give --force to go back to it.",
                .from = origin::host};
        }
    }
    std::error_code failed;
    fs::create_directories(plugins, failed);
    if (failed) return cannot("make", plugins, failed);
    // No name of a plugin begins so.
    const fs::path fresh = plugins / ("." + from.about.name + "." + std::to_string(::getpid()));
    fs::remove_all(fresh, failed);
    auto done = copy_files(from.folder, fresh);
    if (done) done = put_in_place(fresh, target);
    if (!done) {
        fs::remove_all(fresh, failed);
        return std::move(done).error();
    }
    return target;
}

result<void> remove_plugin(const std::string& name, const fs::path& plugins) {
    const fs::path target = plugins / name;
    // The name comes from outside: it must be a plugin's, and so no way out of the folder.
    const auto there = plugin_in(target);
    if (!there || target.parent_path() != plugins || there->about.name != name) {
        return error{
            .kind = status::not_found,
            .message = "'" + name + "' is not installed in '" + plugins.string() + "'",
            .hint = "'qry-host drivers' says where each plugin lies; only your own can be removed.",
            .from = origin::host};
    }
    // Out of sight in one step, then gone.
    const fs::path old = plugins / ("." + name + "." + std::to_string(::getpid()));
    std::error_code failed;
    fs::rename(target, old, failed);
    if (failed) return cannot("remove", target, failed);
    fs::remove_all(old, failed);
    if (failed) return cannot("remove", old, failed);
    return {};
}

}  // namespace qry::cli
