#include <qry/note.h>
#include <qry/plugin.hpp>

#include "connect.hpp"

QRY_PLUGIN_NOTE("sqlite", "0.1.0");

namespace {

constexpr qry_descriptor descriptor = {
    sizeof(qry_descriptor),
    QRY_MODEL_BLOCKING,
    QRY_CAN_CANCEL | QRY_CAN_BIND | QRY_CAN_INTROSPECT | QRY_CAN_KEYS | QRY_CAN_TRANSACTION |
        QRY_CAN_WRITE,
    "sqlite",
    "SQLite",
    "0.1.0",
    "QRY",
    "sqlite",
};

}  // namespace

extern "C" const qry_plugin_entry_table qry_plugin_entry =
    qry::plugin_entry<descriptor, qry::blocking_tables<qry::sqlite::driver>>();
