/* A driver: how sessions are made and how a datasource is tested. */
#pragma once

#include "session.h"

/* Where to connect. Everything in it is borrowed until the call completes, except loop and arena,
 * which outlive the session. */
typedef struct qry_connect_request {
    uint32_t struct_size;
    /* Validated against the manifest's parameter schema; defaults are filled in, secrets are not
     * among them (qry_host.secret). Order is not defined, names are unique. */
    const qry_param* params;
    size_t param_count;
    /* The loop that the session will live on; NULL for a blocking driver. */
    qry_loop* loop;
    /* Where its batches are built. Buffers may be freed to it after the session is gone. */
    qry_arena* arena;
} qry_connect_request;

typedef struct qry_driver {
    uint32_t struct_size;
    /* Makes a session and writes it to *out before completing with success. On failure *out stays
     * NULL. Async driver: [loop]. Blocking driver: a thread that becomes the session's. */
    void (*connect)(const qry_connect_request* request, qry_session** out, qry_call* call);
    /* Connects, looks around, disconnects, and reports each step by qry_host.test_step as it ends,
     * timed. The first failed step is the last one, and its error completes the call. The session
     * is never pooled. Threads as connect. */
    void (*test)(const qry_connect_request* request, qry_call* call);
    /* Asks the connect or test in flight to end soon; it still completes by its own call. Threads
     * as qry_session_verbs.cancel. */
    void (*cancel)(qry_call* call);
    /* The verbs of the sessions this driver makes; never NULL. */
    const qry_session_verbs* session;
} qry_driver;
