/* The one symbol that a plugin exports: qry_plugin_entry. It is data, not a function.
 *
 * Rationale: the host can look at data before it trusts code. It checks the ELF note (note.h) in
 * the file, loads the library, then reads this table and compares magic, major and size before the
 * first call.
 */
#pragma once

#include "driver.h"
#include "export.h"
#include "version.h"

enum { QRY_MODEL_UNSET = 0, QRY_MODEL_BLOCKING = 1, QRY_MODEL_ASYNC = 2 };

/* What a driver can do; a capability that is not declared is never asked for. */
enum {
    /* cancel() stops the work at the server. */
    QRY_CAN_CANCEL = 1 << 0,
    /* $1 … are bound, never pasted into the text. */
    QRY_CAN_BIND = 1 << 1,
    QRY_CAN_INTROSPECT = 1 << 2,
    /* Keys are part of introspection. */
    QRY_CAN_KEYS = 1 << 3,
    QRY_CAN_TRANSACTION = 1 << 4,
    /* Statements other than queries. */
    QRY_CAN_WRITE = 1 << 5
};

/* Who the plugin is. All strings are never NULL, valid for the life of the process. name and
 * version equal those of the manifest and of the ELF note. */
typedef struct qry_descriptor {
    uint32_t struct_size;
    /* QRY_MODEL_*. */
    int32_t model;
    /* QRY_CAN_* or-ed together. */
    uint64_t capabilities;
    /* [a-z][a-z0-9_]{0,31} */
    const char* name;
    const char* title;
    /* Semantic version of the plugin. */
    const char* version;
    const char* publisher;
    /* "postgresql", "sqlite", "trino", …: what a writer of SQL must speak. */
    const char* dialect;
} qry_descriptor;

typedef struct qry_plugin_entry_table {
    /* QRY_PLUGIN_MAGIC. */
    uint64_t magic;
    uint16_t abi_major;
    uint16_t abi_minor;
    uint32_t struct_size;
    const qry_descriptor* descriptor;
    /* Called once, before get_driver. host is valid for the life of the process. On failure fills
     * *error (texts must stay valid) and returns its status. No threads, no I/O here. [init] */
    qry_status (*init)(const qry_host* host, qry_error* error);
    /* The driver of that name (a plugin may answer to aliases), or NULL; valid for the life of the
     * process. [init] */
    const qry_driver* (*get_driver)(const char* name);
    /* An extension by id ("qry.progress/1"), or NULL; valid for the life of the process. May
     * itself be NULL. [any] */
    const void* (*get_extension)(const char* id);
} qry_plugin_entry_table;

#ifdef __cplusplus
extern "C" {
#endif
extern QRY_EXPORT const qry_plugin_entry_table qry_plugin_entry;
#ifdef __cplusplus
}
#endif
