/* The Arrow C Data Interface, as published at
 * https://arrow.apache.org/docs/format/CDataInterface.html : the two structures, unchanged, under
 * the guard that the specification asks for, so that this header meets any other copy in peace.
 *
 * In this ABI the producer is the plugin. `release` may be called from any thread and at any time
 * until the process ends: a batch outlives the session it came from. A structure whose `release`
 * is NULL is empty; at the end of a stream the plugin leaves the array so.
 */
#pragma once

#include <stdint.h>

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char* format;
    const char* name;
    const char* metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema** children;
    struct ArrowSchema* dictionary;
    void (*release)(struct ArrowSchema*);
    void* private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void** buffers;
    struct ArrowArray** children;
    struct ArrowArray* dictionary;
    void (*release)(struct ArrowArray*);
    void* private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
    int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
    const char* (*get_last_error)(struct ArrowArrayStream*);
    void (*release)(struct ArrowArrayStream*);
    void* private_data;
};

#endif

/* Field metadata keys that drivers set, so that a reader need not guess:
 *   qry.type     the database's own name of the type, e.g. "numeric(12,2)", "inet"
 *   qry.logical  "decimal" for exact decimals carried as text (no declared precision),
 *                "uuid", "json", "interval", "time_tz", "enum": how rows in a client language are
 *                best shown; absent when the Arrow type says it all
 */
#define QRY_META_TYPE "qry.type"
#define QRY_META_LOGICAL "qry.logical"
