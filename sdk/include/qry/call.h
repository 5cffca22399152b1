/* One call of a verb: its deadline, its name in the logs, and the way it ends.
 *
 * The host makes a qry_call for every verb and keeps it alive until complete() is called. A verb
 * ends by calling complete() exactly once: with NULL for success, with an error otherwise. After
 * that the call, and every out pointer of the verb, belong to the host again and must not be
 * touched.
 *
 * A blocking driver completes before the verb returns. An async driver returns at once and
 * completes later, from its loop; completing inside the verb is allowed and is the fast path.
 *
 * Rationale: one way to end for both models lets a worker treat them alike, and "exactly once" can
 * be checked: a second completion, or none by the time the session closes, is a plugin error.
 */
#pragma once

#include "error.h"

typedef struct qry_call {
    uint32_t struct_size;
    /* Absolute, CLOCK_MONOTONIC, nanoseconds; INT64_MAX = none. At the deadline the host answers
     * its caller and calls cancel(); a plugin need not watch the time itself, but may pass it on
     * to a library that can. */
    int64_t deadline_ns;
    /* Printable, at most 64 bytes, never NULL, valid until completion. Put it where an operator
     * of the database sees it (application name, comment, query tag). */
    const char* query_id;
    /* The host's own. */
    void* host_data;
    /* Ends the call. error may be NULL (success) and is copied out before this returns. [session]
     * for verbs of a session, [loop] for connect and test of an async driver; for a blocking
     * driver the thread that made the call. */
    void (*complete)(struct qry_call* call, const qry_error* error);
} qry_call;
