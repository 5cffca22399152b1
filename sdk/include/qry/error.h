/* Errors are data: what a verb hands to its completion when it did not succeed.
 *
 * The host copies everything out before complete() returns, so all strings may live on the
 * plugin's stack. Texts are UTF-8 (the host replaces what is not) and end in NUL. No text holds a
 * secret: the host scrubs what it knows, but a plugin must not rely on that.
 *
 * A good message names the thing, the value, and what was expected; the hint says what to do next.
 */
#pragma once

#include "status.h"

typedef struct qry_error {
    /* sizeof(qry_error) as the plugin knew it. */
    uint32_t struct_size;
    /* Never QRY_OK. */
    qry_status status;
    /* QRY_ORIGIN_*. */
    int32_t origin;
    /* 1 if the same call may succeed when simply made again. */
    int32_t retryable;
    /* The database's own number (ORA-00942 is 942); 0 = none. */
    int64_t vendor_code;
    /* Five characters and NULs; all NUL = none. */
    char sqlstate[8];
    /* One sentence, never NULL. */
    const char* message;
    /* The server's longer explanation; may be NULL. */
    const char* detail;
    /* What to try next; may be NULL. */
    const char* hint;
    /* The parameter at fault, for QRY_INVALID_PARAMETER; may be NULL. */
    const char* parameter;
    /* Where in the SQL text, in characters counted from 1; 0 = unknown. */
    int64_t position;
} qry_error;
