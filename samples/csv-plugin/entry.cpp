#include <qry/note.h>
#include <qry/plugin.hpp>

#include "session.hpp"

QRY_PLUGIN_NOTE("sheets", "1.0.0");

namespace {

// The same as in qry-plugin.json.
constexpr qry_descriptor descriptor = {
    sizeof(qry_descriptor),
    QRY_MODEL_BLOCKING,
    QRY_CAN_CANCEL | QRY_CAN_INTROSPECT,
    "sheets",
    "CSV sheets",
    "1.0.0",
    "QRY samples",
    "sheets"};

}  // namespace

extern "C" QRY_EXPORT const qry_plugin_entry_table qry_plugin_entry =
    qry::plugin_entry<descriptor, qry::blocking_tables<sheets::driver>>();
