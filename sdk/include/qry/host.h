/* What the host does for a plugin: log, loop, secrets, reports, batch memory, extensions.
 *
 * One table for the life of the process, handed to init(). A host of a later minor gives a longer
 * table: read struct_size before a slot that came after the minor you were built with.
 */
#pragma once

#include <stddef.h>

#include "arrow.h"
#include "call.h"
#include "loop.h"

/* Where batches are built: memory that the reader of the batch will map. One per session. */
typedef struct qry_arena qry_arena;

enum {
    QRY_LOG_ERROR = 1,
    QRY_LOG_WARN = 2,
    QRY_LOG_INFO = 3,
    QRY_LOG_DEBUG = 4,
    QRY_LOG_TRACE = 5
};

/* A message of the server beside its result: NOTICE, WARNING. Strings are copied. */
typedef struct qry_notice {
    uint32_t struct_size;
    /* "NOTICE", "WARNING", … as the server says; never NULL. */
    const char* severity;
    /* Five characters, or NULL. */
    const char* sqlstate;
    const char* message;
} qry_notice;

/* One step of test(), in order. Names used by our drivers: resolve, tcp, tls, authenticate,
 * database, permissions; a file database uses open, read. Strings are copied. */
typedef struct qry_test_step {
    uint32_t struct_size;
    const char* name;
    /* 1 passed, 0 failed. */
    int32_t ok;
    int64_t duration_ns;
    /* What was found: "127.0.0.1, ::1", "TLS 1.3, verified"; may be NULL. */
    const char* detail;
    /* For a failed step what to try next; may be NULL. */
    const char* hint;
} qry_test_step;

typedef struct qry_progress {
    uint32_t struct_size;
    /* 0 to 1, or negative when unknown. */
    double fraction;
    /* Rows or objects handled so far; -1 = unknown. */
    int64_t done;
    /* Expected in all; -1 = unknown. */
    int64_t total;
    /* "reading columns"; may be NULL. */
    const char* stage;
} qry_progress;

typedef struct qry_host {
    uint32_t struct_size;
    uint16_t abi_major;
    uint16_t abi_minor;
    /* "1.4.2"; valid for the life of the process. */
    const char* version;
    /* May be called with any level; text is copied, cut at 8 KiB and rate-limited. [any] */
    void (*log)(int32_t level, const char* text);
    /* The most verbose level that is written, so that a plugin can save the formatting. [any] */
    int32_t (*log_level)(void);
    /* Never NULL; see loop.h. */
    const qry_loop_services* loop;
    /* Copies the secret `name` of the datasource into buffer, without a NUL, and sets *length.
     * Returns QRY_OK, QRY_NOT_FOUND (no such secret; *length = 0), or QRY_RESOURCE_LIMIT when
     * capacity is too small (*length = what is needed). Only during connect and test. The caller
     * wipes the buffer. [session] */
    qry_status (*secret
    )(qry_call* call, const char* name, char* buffer, size_t capacity, size_t* length);
    /* Reports, each belonging to the call in flight. [session] */
    void (*notice)(qry_call* call, const qry_notice* notice);
    void (*test_step)(qry_call* call, const qry_test_step* step);
    void (*progress)(qry_call* call, const qry_progress* progress);
    /* A fact about the server, in connect and test: "server_version", "session_id", … [session] */
    void (*server_info)(qry_call* call, const char* key, const char* value);
    /* Memory for batches, 64-byte aligned, size > 0. NULL when the budget is spent: end the call
     * with QRY_RESOURCE_LIMIT. Contents are undefined. [any] */
    void* (*buffer_alloc)(qry_arena* arena, size_t size);
    /* Grows or shrinks in place or moves; the old pointer is gone unless NULL came back. [any] */
    void* (*buffer_resize)(qry_arena* arena, void* buffer, size_t old_size, size_t new_size);
    /* size as last allocated. Allowed after the session closed, from a release callback. [any] */
    void (*buffer_free)(qry_arena* arena, void* buffer, size_t size);
    /* A host extension by id, or NULL. [any] */
    const void* (*get_extension)(const char* id);
} qry_host;
