/* For plugins in C: what small ones would otherwise all write alike. Static inline throughout;
 * nothing here is part of the ABI.
 *
 *   QRY_PLUGIN_NOTE("hello", "1.0.0");
 *   static const qry_descriptor about = {…};
 *   static const qry_driver driver = {…};
 *   QRY_SIMPLE_ENTRY(about, driver);
 *
 * C++ authors have plugin.hpp instead.
 */
#pragma once

#include <stdatomic.h>
#include <string.h>

#include "note.h"

/* The host's services; set by init(). One per plugin, since it has one source file. */
static const qry_host* qry_services;

/* End a call. message must live until this returns. */
static inline void qry_succeed(qry_call* call) {
    call->complete(call, NULL);
}
static inline void qry_fail(qry_call* call, qry_status status, const char* message) {
    const qry_error e = {.struct_size = sizeof e, .status = status, .message = message};
    call->complete(call, &e);
}

/* Verbs of a driver that has nothing to say to them. */
static inline void qry_no_cancel_connect(qry_call* call) {
    (void)call;
}
static inline void qry_no_cancel(qry_session* session) {
    (void)session;
}
static inline int32_t qry_always_alive(qry_session* session) {
    (void)session;
    return 1;
}
static inline void qry_no_introspect(
    qry_session* session,
    const qry_introspect_request* request,
    struct ArrowSchema* schema,
    qry_call* call
) {
    (void)session;
    (void)request;
    (void)schema;
    qry_fail(call, QRY_UNSUPPORTED, "this database has no catalog");
}

/* test() of a database that is always there: one step, "open". */
static inline void qry_open_test(const qry_connect_request* request, qry_call* call) {
    const qry_test_step step = {.struct_size = sizeof step, .name = "open", .ok = 1};
    (void)request;
    qry_services->test_step(call, &step);
    qry_succeed(call);
}

/* The head of a block that several Arrow structures live in and refer to. Each of them is an owner:
 * its private_data is the block, its release one of the two below. A consumer may release them in
 * any order, from any thread, after the session; the last owner frees the block. */
typedef struct qry_block {
    qry_arena* arena;
    size_t size;
    atomic_int owners;
} qry_block;

/* `size` bytes, zeroed, from the arena; the block's head comes first in them. NULL when the budget
 * is spent. */
static inline void* qry_block_new(qry_arena* arena, size_t size, int owners) {
    qry_block* block = qry_services->buffer_alloc(arena, size);
    if (block == NULL) return NULL;
    memset(block, 0, size);
    block->arena = arena;
    block->size = size;
    atomic_init(&block->owners, owners);
    return block;
}
/* Takes away owners that were never handed out, or are done. */
static inline void qry_block_drop(qry_block* block, int owners) {
    if (atomic_fetch_sub(&block->owners, owners) != owners) return;
    qry_services->buffer_free(block->arena, block, block->size);
}
/* As Arrow asks for it: children that are still there first, then oneself, and NULL says so. */
static inline void qry_block_release_schema(struct ArrowSchema* s) {
    for (int64_t i = 0; i < s->n_children; ++i) {
        if (s->children[i]->release != NULL) s->children[i]->release(s->children[i]);
    }
    s->release = NULL;
    qry_block_drop(s->private_data, 1);
}
static inline void qry_block_release_array(struct ArrowArray* a) {
    for (int64_t i = 0; i < a->n_children; ++i) {
        if (a->children[i]->release != NULL) a->children[i]->release(a->children[i]);
    }
    a->release = NULL;
    qry_block_drop(a->private_data, 1);
}

/* Structures of a block. format, name, children and buffers are the caller's, and must lie in the
 * block or be constants. */
static inline struct ArrowSchema qry_block_schema(
    const char* format, const char* name, int64_t count, struct ArrowSchema** children, void* block
) {
    const struct ArrowSchema out = {
        .format = format,
        .name = name,
        .n_children = count,
        .children = children,
        .release = qry_block_release_schema,
        .private_data = block};
    return out;
}
static inline struct ArrowArray qry_block_array(
    int64_t length,
    int64_t buffer_count,
    const void** buffers,
    int64_t count,
    struct ArrowArray** children,
    void* block
) {
    const struct ArrowArray out = {
        .length = length,
        .n_buffers = buffer_count,
        .buffers = buffers,
        .n_children = count,
        .children = children,
        .release = qry_block_release_array,
        .private_data = block};
    return out;
}

/* The exported table, with an init() that keeps the services and a get_driver() that knows the
 * descriptor's name. A macro, because it defines the one exported symbol. */
#define QRY_SIMPLE_ENTRY(descriptor_, driver_)                                  \
    static qry_status qry_simple_init(const qry_host* host, qry_error* error) { \
        (void)error;                                                            \
        qry_services = host;                                                    \
        return QRY_OK;                                                          \
    }                                                                           \
    static const qry_driver* qry_simple_driver(const char* name) {              \
        return strcmp(name, (descriptor_).name) == 0 ? &(driver_) : NULL;       \
    }                                                                           \
    const qry_plugin_entry_table qry_plugin_entry = {                           \
        QRY_PLUGIN_MAGIC,                                                       \
        QRY_ABI_MAJOR,                                                          \
        QRY_ABI_MINOR,                                                          \
        sizeof(qry_plugin_entry_table),                                         \
        &(descriptor_),                                                         \
        &qry_simple_init,                                                       \
        &qry_simple_driver,                                                     \
        NULL}
