#include "abi/library.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <boost/dll/shared_library.hpp>

#include "abi/call.hpp"
#include "abi/guard.hpp"
#include "abi/host_services.hpp"

namespace qry::abi {

namespace {

constexpr std::size_t entry_size_1_0 =
    offsetof(qry_plugin_entry_table, get_extension) + sizeof(void*);
constexpr std::size_t descriptor_size_1_0 = offsetof(qry_descriptor, dialect) + sizeof(void*);

// What is true of the whole process and not of one host: which libraries are mapped, and which of
// them had their init(), which the ABI promises to call once. Never destroyed, because unmapping a
// library under a living thread of its own would crash.
struct process_state {
    std::mutex mutex;
    // Guarded by mutex
    std::vector<std::unique_ptr<boost::dll::shared_library>> libraries;
    std::map<const qry_plugin_entry_table*, std::unique_ptr<error>> initialised;
};

process_state& the_process() {
    static process_state& only = *new process_state;
    return only;
}

error refused(const registry::manifest& about, const std::string& why, const std::string& hint) {
    return {
        .kind = status::plugin_error,
        .message = "plugin '" + about.name + "' " + about.version + " cannot be used: " + why,
        .hint = hint,
        .from = origin::host};
}

const char* rebuild = "rebuild the plugin with the SDK of this host";

const char* text_or_empty(const char* text) noexcept {
    return text != nullptr ? text : "";
}

result<void> check(const qry_plugin_entry_table& entry, const registry::manifest& about) {
    if (entry.magic != QRY_PLUGIN_MAGIC) {
        return refused(about, "its entry does not begin with the magic number", rebuild);
    }
    if (entry.abi_major != QRY_ABI_MAJOR) {
        return refused(
            about,
            "it speaks ABI " + std::to_string(entry.abi_major) + "." +
                std::to_string(entry.abi_minor) + "; this host speaks " +
                std::to_string(QRY_ABI_MAJOR) + ".x",
            rebuild
        );
    }
    if (entry.struct_size < entry_size_1_0 || entry.struct_size > 4096) {
        return refused(
            about,
            "its entry table says it has " + std::to_string(entry.struct_size) +
                " bytes; ABI 1.0 has " + std::to_string(entry_size_1_0),
            rebuild
        );
    }
    if (entry.descriptor == nullptr || entry.init == nullptr || entry.get_driver == nullptr) {
        return refused(about, "its entry table lacks descriptor, init or get_driver", rebuild);
    }
    return {};
}

result<void> check(const qry_descriptor& said, const registry::manifest& about) {
    if (said.struct_size < descriptor_size_1_0) {
        return refused(about, "its descriptor is shorter than that of ABI 1.0", rebuild);
    }
    const std::string_view name = text_or_empty(said.name);
    const std::string_view version = text_or_empty(said.version);
    const char* fit = "make qry-plugin.json and the library agree";
    if (name != about.name || version != about.version) {
        return refused(
            about, "the library says it is '" + std::string(name) + "' " + std::string(version), fit
        );
    }
    const std::string_view model = said.model == QRY_MODEL_ASYNC      ? "async"
                                   : said.model == QRY_MODEL_BLOCKING ? "blocking"
                                                                      : "of no known kind";
    if (model != about.model) {
        return refused(
            about,
            "the library's model is " + std::string(model) + ", the manifest says " + about.model,
            fit
        );
    }
    return {};
}

// Under the process's mutex.
const error* init_once(
    process_state& process, const qry_plugin_entry_table& entry, const std::string& plugin
) {
    const auto known = process.initialised.find(&entry);
    if (known != process.initialised.end()) return known->second.get();
    qry_error raw{};
    raw.struct_size = sizeof(raw);
    qry_status outcome = QRY_PLUGIN_ERROR;
    const bool returned =
        call_plugin(plugin, "init", [&] { outcome = entry.init(&host_services(), &raw); });
    std::unique_ptr<error> failure;
    if (!returned || outcome != QRY_OK) {
        if (raw.message == nullptr) raw.message = "init failed without saying why";
        raw.status = outcome;
        failure = std::make_unique<error>(copy_error(raw, {}));
        failure->message = "plugin '" + plugin + "' could not start: " + failure->message;
    }
    return process.initialised.emplace(&entry, std::move(failure)).first->second.get();
}

}  // namespace

result<plugin_tables> open_entry(
    const qry_plugin_entry_table& entry, const registry::manifest& about
) {
    if (auto good = check(entry, about); !good) return std::move(good).error();
    if (auto good = check(*entry.descriptor, about); !good) return std::move(good).error();
    process_state& process = the_process();
    const std::lock_guard lock(process.mutex);
    if (const error* failure = init_once(process, entry, about.name)) return error(*failure);
    const qry_driver* driver = nullptr;
    call_plugin(about.name, "get_driver", [&] { driver = entry.get_driver(about.name.c_str()); });
    if (driver == nullptr) {
        return refused(
            about, "the library has no driver of this name", "report it to the publisher"
        );
    }
    auto tables = complete_tables(*entry.descriptor, driver);
    if (!tables || entry.get_extension == nullptr) return tables;
    const void* found = nullptr;
    call_plugin(about.name, "get_extension", [&] {
        found = entry.get_extension(QRY_EXT_SCHEMA_DIGEST);
    });
    auto digest = complete_digest(about.name, found);
    if (!digest) return std::move(digest).error();
    tables->digest = *digest;
    return tables;
}

result<plugin_tables> load_library(const registry::plugin& which) {
    auto file = registry::open_library(which);
    if (!file) return std::move(file).error();
    const qry_plugin_entry_table* entry = nullptr;
    try {
        using boost::dll::load_mode::rtld_local;
        using boost::dll::load_mode::rtld_now;
        auto library = std::make_unique<boost::dll::shared_library>(
            file->loadable_path(), rtld_now | rtld_local
        );
        entry = &library->get<const qry_plugin_entry_table>("qry_plugin_entry");
        process_state& process = the_process();
        const std::lock_guard lock(process.mutex);
        process.libraries.push_back(std::move(library));
    } catch (const std::exception& e) {
        return refused(
            which.about,
            file->original().string() + " does not load: " + e.what(),
            "qry-host doctor lists the libraries that it misses"
        );
    }
    return open_entry(*entry, which.about);
}

}  // namespace qry::abi
