#include <qry/note.h>
#include <qry/plugin.hpp>

#include "driver.hpp"

QRY_PLUGIN_NOTE("redshift", "0.1.0");

namespace {

constexpr qry_descriptor descriptor = {
    sizeof(qry_descriptor),
    QRY_MODEL_ASYNC,
    QRY_CAN_CANCEL | QRY_CAN_BIND | QRY_CAN_INTROSPECT | QRY_CAN_KEYS | QRY_CAN_TRANSACTION |
        QRY_CAN_WRITE,
    "redshift",
    "Amazon Redshift",
    "0.1.0",
    "QRY",
    "redshift"};

}  // namespace

extern "C" QRY_EXPORT const qry_plugin_entry_table qry_plugin_entry =
    qry::plugin_entry<descriptor, qry::async_tables<qry::redshift::driver>>();
