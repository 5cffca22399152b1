/* qry.progress/1: how far the statement in flight is, asked by the host.
 *
 * Optional. A driver that can only push uses qry_host.progress; one that must be polled (a REST
 * API with a status URL) offers this. Frozen with ABI 1.0.
 */
#pragma once

#include "../session.h"

#define QRY_EXT_PROGRESS "qry.progress/1"

typedef struct qry_ext_progress {
    uint32_t struct_size;
    /* Fills *out from what is known now, without waiting; returns 0, or -1 when nothing is. Strings
     * stay valid until the next verb of that session. [session] */
    int32_t (*get)(qry_session* session, qry_progress* out);
} qry_ext_progress;
