// One plugin, loaded and initialised the way a host does it.
#pragma once

#include <string>
#include <vector>

#include <qry/entry.h>
#include <qry/result.hpp>

namespace qry::conformance {

// Never unloaded: threads and release callbacks of a plugin may outlive all that used it.
class loaded_plugin {
public:
    // dlopen, entry, magic, major and sizes, tables, init, get_driver. An error names the step.
    // Loading the same path twice in one process calls init twice, which the ABI forbids: load a
    // copy of the file instead.
    static result<loaded_plugin> load(const std::string& path);

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    // The plugin's own table and descriptor, as they are.
    [[nodiscard]] const qry_plugin_entry_table& entry() const noexcept { return *entry_; }
    [[nodiscard]] const qry_descriptor& descriptor() const noexcept { return descriptor_; }
    // Copies of min(its size, ours), zeros behind: a slot that the plugin does not have is NULL.
    [[nodiscard]] const qry_driver& driver() const noexcept { return driver_; }
    [[nodiscard]] const qry_session_verbs& verbs() const noexcept { return verbs_; }
    [[nodiscard]] bool is_async() const noexcept { return descriptor_.model == QRY_MODEL_ASYNC; }
    // capability: one of QRY_CAN_*.
    [[nodiscard]] bool can(std::uint64_t capability) const noexcept {
        return (descriptor_.capabilities & capability) != 0;
    }
    // NULL when the plugin does not have it.
    [[nodiscard]] const void* extension(const char* id) const;

private:
    loaded_plugin() = default;

    std::string path_;
    const qry_plugin_entry_table* entry_ = nullptr;
    qry_descriptor descriptor_{};
    qry_driver driver_{};
    qry_session_verbs verbs_{};
};

struct log_line {
    std::int32_t level = 0;
    std::string text;
};

// The table that init() gets. qry_host.log has no context, so lines of all plugins of the process
// end in one place.
[[nodiscard]] const qry_host& host_table() noexcept;
// The lines logged since the last call. Thread-safe.
[[nodiscard]] std::vector<log_line> take_log();

}  // namespace qry::conformance
