/* The public headers are C11 and nothing else: no extension, no warning, each on its own and all
 * together, and included twice. Compiled with -std=c11 -Wpedantic -Werror; it need not run. */
#include <qry/qry.h>

QRY_PLUGIN_NOTE("pedantic", "1.0.0");

static const qry_descriptor descriptor = {
    sizeof(qry_descriptor),
    QRY_MODEL_BLOCKING,
    0,
    "pedantic",
    "Pedantic",
    "1.0.0",
    "QRY",
    "none",
};

static qry_status init(const qry_host* host, qry_error* error) {
    (void)error;
    return host->abi_major == QRY_ABI_MAJOR ? QRY_OK : QRY_PLUGIN_ERROR;
}

static const qry_driver* get_driver(const char* name) {
    (void)name;
    return 0;
}

const qry_plugin_entry_table qry_plugin_entry = {
    QRY_PLUGIN_MAGIC,
    QRY_ABI_MAJOR,
    QRY_ABI_MINOR,
    sizeof(qry_plugin_entry_table),
    &descriptor,
    init,
    get_driver,
    0,
};
