/* A session: one connection to a database, and the verbs that run on it.
 *
 * One verb at a time. execute and introspect open a result, next reads it batch by batch, reset
 * makes the session as good as new: any open result is ended (at the server too), a transaction
 * is rolled back, session state is dropped. A failed execute or next leaves no result open.
 *
 *        connect ──► idle ──execute/introspect──► result ──next…──► end ──► idle
 *                     ▲                              │
 *                     └────────────── reset ◄────────┘      close, from any state, ends it
 */
#pragma once

#include "host.h"
#include "introspect.h"

/* The plugin's own object; the host never looks inside. */
typedef struct qry_session qry_session;

/* A name and its value, both NUL-ended UTF-8. Frozen: crosses in arrays. */
typedef struct qry_param {
    const char* name;
    const char* value;
} qry_param;

typedef struct qry_execute_request {
    uint32_t struct_size;
    /* UTF-8, not NUL-ended; valid until the result ends. One statement. */
    const char* sql;
    size_t sql_length;
    /* The arguments $1 … $n: a struct of n children and one row; both NULL when there are none.
     * Borrowed until completion; the host releases them. */
    const struct ArrowSchema* args_schema;
    const struct ArrowArray* args;
    /* Options of this query (a driver documents its own: "numeric" = "double"). */
    const qry_param* options;
    size_t option_count;
    /* Upper bounds for one batch; at most QRY_BATCH_MAX_*. */
    int64_t batch_rows;
    int64_t batch_bytes;
} qry_execute_request;

/* What execute finds out before the first row. Valid until the result has ended. */
typedef struct qry_result_head {
    uint32_t struct_size;
    /* Left empty (release NULL) by a statement that has no result set; else a struct. */
    struct ArrowSchema schema;
    /* -1 = unknown or not applicable; may be set as late as the end of the result. */
    int64_t rows_affected;
} qry_result_head;

typedef struct qry_session_verbs {
    uint32_t struct_size;
    /* Starts one statement. Completes once the shape of the result is known; when it has no result
     * set, once it is done. head is the host's, zeroed, rows_affected -1. [session] */
    void (*execute
    )(qry_session* session,
      const qry_execute_request* request,
      qry_result_head* head,
      qry_call* call);
    /* Starts one part of the catalog (introspect.h); its rows follow by next. [session] */
    void (*introspect
    )(qry_session* session,
      const qry_introspect_request* request,
      struct ArrowSchema* schema,
      qry_call* call);
    /* One batch of the open result, at least one row; out left empty says the result has ended and
     * the session is idle again. Buffers come from the session's arena. [session] */
    void (*next)(qry_session* session, struct ArrowArray* out, qry_call* call);
    /* Asks the verb in flight to end soon; it still completes by its own call, with
     * QRY_QUERY_CANCELLED unless it won the race. It completes only when nothing of the
     * cancelling is under way any more, so that the next statement cannot be hit. Without a verb
     * in flight this does nothing; it may come again during one verb, because a host cannot see
     * whether a blocking verb has begun. Async driver: [session]. Blocking driver: [any], also
     * during the verb, so it may only raise flags and call what its library allows. */
    void (*cancel)(qry_session* session);
    /* See above. An error means that the session is not fit for use; the host closes it.
     * [session] */
    void (*reset)(qry_session* session, qry_call* call);
    /* 1 if the idle session is worth using, 0 if its connection is known to be dead. Must not wait:
     * a look at the socket, not a round trip. [session] */
    int32_t (*alive)(qry_session* session);
    /* Ends and frees the session; always succeeds, from any state but during a verb, and does not
     * wait for the server longer than the deadline. The session is gone when this completes.
     * [session] */
    void (*close)(qry_session* session, qry_call* call);
} qry_session_verbs;
