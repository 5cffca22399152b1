#include "host.hpp"

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "plugin_tree.hpp"

namespace qry::test {

namespace {

constexpr int loader_refused = 2;

// In the child: the exit status says whether the loader was asked.
int load(const std::filesystem::path& folder, std::string& reason) {
    const registry::catalog found = scan(folder);
    if (found.plugins().size() != 1) {
        reason = std::to_string(found.plugins().size()) + " plugins were listed";
        return 1;
    }
    const registry::plugin& p = found.plugins().front();
    if (!p.usable()) {
        reason = p.reason;
        return 1;
    }
    const auto opened = registry::open_library(p);
    if (!opened) {
        reason = opened.error().message;
        return 1;
    }
    if (::dlopen(opened->loadable_path().c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) return 0;
    reason = ::dlerror();
    return loader_refused;
}

}  // namespace

outcome use_plugin(const std::filesystem::path& folder) {
    const temp_folder nest;
    const auto canary = nest.path() / "canary";
    const auto note = nest.path() / "reason";
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("cannot fork");
    if (child == 0) {
        ::setenv("QRY_CANARY", canary.c_str(), 1);
        std::string reason;
        const int code = load(folder, reason);
        write_file(note, reason);
        ::_exit(code);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
        throw std::runtime_error("the host died of a plugin's file");
    }
    outcome out;
    out.reason = read_file(note);
    out.reached_the_loader = WEXITSTATUS(status) != 1;
    out.sang = std::filesystem::exists(canary);
    return out;
}

}  // namespace qry::test
