#include "qry/conformance/loaded_plugin.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <dlfcn.h>

namespace qry::conformance {
namespace {

error refuse(const std::string& path, std::string what, std::string hint = {}) {
    return {
        .kind = status::plugin_error,
        .message = "plugin " + path + ": " + std::move(what),
        .hint = std::move(hint),
        .from = origin::host};
}

// A table as far as both sides know it, zeros behind.
template <class Table>
Table grown(const Table* theirs) {
    Table ours{};
    std::memcpy(&ours, theirs, std::min<std::size_t>(theirs->struct_size, sizeof(Table)));
    return ours;
}

std::optional<std::string> wrong_entry(const qry_plugin_entry_table& e) {
    if (e.magic != QRY_PLUGIN_MAGIC) return "qry_plugin_entry does not begin with the magic";
    if (e.abi_major != QRY_ABI_MAJOR) {
        return "it speaks ABI " + std::to_string(e.abi_major) + "." + std::to_string(e.abi_minor) +
               "; this host speaks " + std::to_string(QRY_ABI_MAJOR) + ".x";
    }
    // Every slot of 1.0 must be there; later ones may not be.
    if (e.struct_size < sizeof(qry_plugin_entry_table)) {
        return "its entry table has " + std::to_string(e.struct_size) + " bytes; ABI 1.0 has " +
               std::to_string(sizeof(qry_plugin_entry_table));
    }
    if (e.descriptor == nullptr) return "its entry table has no descriptor";
    if (e.init == nullptr) return "its entry table has no init";
    if (e.get_driver == nullptr) return "its entry table has no get_driver";
    return std::nullopt;
}

std::optional<std::string> wrong_driver(const qry_driver* d) {
    if (d == nullptr) return "get_driver gives NULL for the descriptor's own name";
    if (d->struct_size < sizeof(qry_driver)) {
        return "its driver table has " + std::to_string(d->struct_size) + " bytes; ABI 1.0 has " +
               std::to_string(sizeof(qry_driver));
    }
    if (d->session == nullptr) return "its driver table has no session verbs";
    if (d->session->struct_size < sizeof(qry_session_verbs)) {
        return "its session table has " + std::to_string(d->session->struct_size) +
               " bytes; ABI 1.0 has " + std::to_string(sizeof(qry_session_verbs));
    }
    return std::nullopt;
}

// The verbs that a driver cannot do without, whatever its capabilities.
std::optional<std::string> missing_verb(const qry_driver& d, const qry_session_verbs& v) {
    const std::pair<const char*, bool> slots[] = {
        {"connect", d.connect != nullptr},
        {"test", d.test != nullptr},
        {"execute", v.execute != nullptr},
        {"next", v.next != nullptr},
        {"reset", v.reset != nullptr},
        {"close", v.close != nullptr},
    };
    for (const auto& [name, there] : slots) {
        if (!there) return "its verb '" + std::string(name) + "' is NULL";
    }
    return std::nullopt;
}

}  // namespace

result<loaded_plugin> loaded_plugin::load(const std::string& path) {
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return refuse(path, std::string("cannot be loaded: ") + ::dlerror());
    const auto* entry =
        static_cast<const qry_plugin_entry_table*>(::dlsym(library, "qry_plugin_entry"));
    if (entry == nullptr) {
        return refuse(
            path,
            "does not export qry_plugin_entry",
            "define it with external linkage and QRY_EXPORT (qry/entry.h)"
        );
    }
    if (auto wrong = wrong_entry(*entry)) return refuse(path, *wrong);
    loaded_plugin made;
    made.path_ = path;
    made.entry_ = entry;
    made.descriptor_ = grown(entry->descriptor);
    if (made.descriptor_.name == nullptr) return refuse(path, "its descriptor has no name");
    qry_error why{};
    if (const qry_status s = entry->init(&host_table(), &why); s != QRY_OK) {
        return refuse(
            path,
            "init failed with status " + std::to_string(s) + ": " +
                (why.message != nullptr ? why.message : "(no message)")
        );
    }
    const qry_driver* driver = entry->get_driver(made.descriptor_.name);
    if (auto wrong = wrong_driver(driver)) return refuse(path, *wrong);
    made.driver_ = grown(driver);
    made.verbs_ = grown(driver->session);
    if (auto wrong = missing_verb(made.driver_, made.verbs_)) return refuse(path, *wrong);
    return made;
}

const void* loaded_plugin::extension(const char* id) const {
    return entry_->get_extension == nullptr ? nullptr : entry_->get_extension(id);
}

}  // namespace qry::conformance
