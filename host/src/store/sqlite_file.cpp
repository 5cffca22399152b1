#include "sqlite_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

namespace qry::store {

namespace fs = std::filesystem;

namespace {

error refused(const std::string& path, const std::string& what, int reason) {
    const bool denied = reason == EACCES || reason == EPERM || reason == EROFS;
    const bool full = reason == ENOSPC || reason == EDQUOT || reason == EMFILE || reason == ENFILE;
    const int user = static_cast<int>(geteuid());
    return {
        .kind = denied ? status::permission_denied
                : full ? status::resource_limit
                       : status::connection_failed,
        .message =
            "the registry '" + path + "' cannot be opened: " + what + ": " + std::strerror(reason),
        .hint = denied ? "give user " + std::to_string(user) +
                             " read and write access to the file and its folder, or name another "
                             "registry with --registry or QRY_REGISTRY"
                : full ? "free space or raise the limit, then try again"
                       : "check the path, or name another registry with --registry or QRY_REGISTRY",
        .from = origin::host};
}

result<void> make_parents(const std::string& path) {
    std::vector<fs::path> missing;
    std::error_code ignored;
    for (fs::path folder = fs::path(path).parent_path();
         !folder.empty() && !fs::exists(folder, ignored);
         folder = folder.parent_path())
        missing.push_back(folder);
    for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
        if (mkdir(folder->c_str(), 0700) != 0 && errno != EEXIST)
            return refused(path, "folder '" + folder->string() + "' cannot be created", errno);
    }
    return {};
}

}  // namespace

result<void> prepare_file(const std::string& path) {
    if (auto made = make_parents(path); !made) return made;
    // mknod makes a regular file without opening it, with its final permissions from the start.
    if (mknod(path.c_str(), S_IFREG | 0600, 0) != 0 && errno != EEXIST)
        return refused(path, "the file cannot be created", errno);
    struct stat about {};
    if (stat(path.c_str(), &about) != 0) return refused(path, "the file cannot be read", errno);
    if (S_ISDIR(about.st_mode)) return refused(path, "it is a folder", EISDIR);
    if (faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) != 0)
        return refused(path, "the file cannot be written", errno);
    // WAL needs to create files beside it.
    const std::string folder = fs::absolute(path).parent_path().string();
    if (faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
        return refused(path, "its folder cannot be written", errno);
    return {};
}

}  // namespace qry::store
