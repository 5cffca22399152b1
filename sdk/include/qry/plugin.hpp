// Everything a plugin in C++ includes, and the entry that it exports.
//
//   QRY_PLUGIN_NOTE("acme", "1.0.0");
//   constexpr qry_descriptor acme = {…};
//   extern "C" const qry_plugin_entry_table qry_plugin_entry =
//       qry::plugin_entry<acme, qry::blocking_tables<acme_driver>>();
#pragma once

#include <string_view>

#include "async.hpp"
#include "blocking.hpp"
#include "qry.h"

namespace qry {

// Tables is blocking_tables<…> or async_tables<…>; the descriptor must have static storage.
template <const qry_descriptor& Descriptor, class Tables>
constexpr qry_plugin_entry_table plugin_entry() noexcept {
    return {
        QRY_PLUGIN_MAGIC,
        QRY_ABI_MAJOR,
        QRY_ABI_MINOR,
        sizeof(qry_plugin_entry_table),
        &Descriptor,
        [](const qry_host* host, qry_error*) -> qry_status {
            host_services() = host;
            return QRY_OK;
        },
        [](const char* name) -> const qry_driver* {
            return std::string_view(name) == Descriptor.name ? Tables::driver() : nullptr;
        },
        [](const char* id) -> const void* { return Tables::extension(id); },
    };
}

}  // namespace qry
