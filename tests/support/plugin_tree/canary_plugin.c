/* A plugin that leaves a trace as soon as any of its code runs: its constructor creates the file
 * that QRY_CANARY names. Good otherwise, so that bad copies of it are bad in one way each. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <qry/qry.h>

QRY_PLUGIN_NOTE("canary", "1.2.3");

__attribute__((constructor)) static void sing(void) {
    const char* file = getenv("QRY_CANARY");
    if (file == NULL) return;
    const int fd = open(file, O_CREAT | O_WRONLY, 0600);
    if (fd >= 0) close(fd);
}

static const qry_descriptor descriptor = {
    sizeof(descriptor), QRY_MODEL_BLOCKING, 0, "canary", "Canary", "1.2.3", "QRY tests", "canary"};

static qry_status init(const qry_host* host, qry_error* error) {
    (void)host;
    (void)error;
    return QRY_OK;
}

static const qry_driver* get_driver(const char* name) {
    (void)name;
    return NULL;
}

QRY_EXPORT const qry_plugin_entry_table qry_plugin_entry = {
    QRY_PLUGIN_MAGIC,
    QRY_ABI_MAJOR,
    QRY_ABI_MINOR,
    sizeof(qry_plugin_entry_table),
    &descriptor,
    init,
    get_driver,
    NULL};
