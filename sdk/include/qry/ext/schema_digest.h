/* qry.schema_digest/1: whether the catalog is still what it was, without reading it.
 *
 * Optional. Before a host reads the catalog it asks for this text, and when it is the one that it
 * kept with its snapshot, it reads nothing. The text therefore differs whenever any row that
 * introspection would deliver differs, row_estimate excepted: estimates change by themselves.
 *
 * Rationale: statistics about changes will not do. PostgreSQL's arrive late, so that a change which
 * was committed before the question was asked would be missed. Count and hash the catalog itself.
 */
#pragma once

#include "../session.h"

#define QRY_EXT_SCHEMA_DIGEST "qry.schema_digest/1"

/* The text's room, its NUL included. */
enum { QRY_SCHEMA_DIGEST_SIZE = 128 };

typedef struct qry_ext_schema_digest {
    uint32_t struct_size;
    /* A verb of the session, in place of the first introspect: what it says is true of the state
     * that the parts which follow are read from, and these have first = 0. Either they follow or
     * a reset does; no result is open in between. Writes printable ASCII into out, which is the
     * host's, zeroed, QRY_SCHEMA_DIGEST_SIZE bytes, valid until completion. With QRY_UNSUPPORTED
     * (an old server) the session is as before, and the first part has first = 1. [session] */
    void (*digest)(qry_session* session, char* out, qry_call* call);
} qry_ext_schema_digest;
