/* The ELF note that says "this file is a QRY plugin" without running anything of it.
 *
 * dlopen runs constructors, so everything that can disqualify a file must be readable before. The
 * host reads the note from the file it has hashed, compares magic, major and sizes, and only then
 * loads the same bytes. Put QRY_PLUGIN_NOTE("name", "1.2.3") into exactly one source file.
 *
 * Section .note.qry, owner "QRY", type 1; GNU note layout (4-byte aligned).
 */
#pragma once

#include "entry.h"

#define QRY_NOTE_OWNER "QRY"
#define QRY_NOTE_TYPE 1

/* The note's descriptor. Frozen. All integers in the byte order of the file. */
typedef struct qry_note_body {
    uint64_t magic;
    uint16_t abi_major;
    uint16_t abi_minor;
    /* Sizes of the tables as the plugin was built with. */
    uint32_t entry_size;
    uint32_t driver_size;
    uint32_t session_size;
    /* NUL-padded. */
    char name[32];
    char version[32];
} qry_note_body;

typedef struct qry_note {
    uint32_t owner_size;
    uint32_t body_size;
    uint32_t type;
    char owner[4];
    qry_note_body body;
} qry_note;

/* A macro, because the note must be a constant in a section of the plugin's own object file.
 * Header and owner take 16 bytes, so the body needs no padding before its first uint64_t. */
#define QRY_PLUGIN_NOTE(plugin_name, plugin_version)       \
    __attribute__((section(".note.qry"), used, aligned(4)) \
    ) static const qry_note qry_plugin_note = {            \
        sizeof(QRY_NOTE_OWNER),                            \
        sizeof(qry_note_body),                             \
        QRY_NOTE_TYPE,                                     \
        QRY_NOTE_OWNER,                                    \
        {QRY_PLUGIN_MAGIC,                                 \
         QRY_ABI_MAJOR,                                    \
         QRY_ABI_MINOR,                                    \
         sizeof(qry_plugin_entry_table),                   \
         sizeof(qry_driver),                               \
         sizeof(qry_session_verbs),                        \
         plugin_name,                                      \
         plugin_version}}
