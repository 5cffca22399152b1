/* What went wrong, as a number: the kind of an error.
 *
 * A kind is decided by who ended the work, never by the text or the SQLSTATE of a server: a query
 * that the host stopped at its deadline is QRY_QUERY_TIMEOUT even when the server answers
 * "cancelled on user request". Values are frozen; new ones are added at the end, and an unknown
 * value is handled as QRY_PLUGIN_ERROR.
 */
#pragma once

#include <stdint.h>

typedef int32_t qry_status;

enum {
    QRY_OK = 0,
    /* The server could not be reached, or the connection broke. */
    QRY_CONNECTION_FAILED = 1,
    /* The server refused who we are. */
    QRY_AUTHENTICATION_FAILED = 2,
    /* No TLS, or a certificate that does not verify. */
    QRY_TLS_FAILED = 3,
    /* The server (or the driver) refused the statement. */
    QRY_QUERY_ERROR = 4,
    /* The deadline passed. */
    QRY_QUERY_TIMEOUT = 5,
    /* Cancelled on request. */
    QRY_QUERY_CANCELLED = 6,
    /* Host only: the deadline passed while waiting for a session. */
    QRY_POOL_TIMEOUT = 7,
    /* The server knows us and says no. */
    QRY_PERMISSION_DENIED = 8,
    /* A connection parameter, an argument or an option is wrong; qry_error.parameter names it. */
    QRY_INVALID_PARAMETER = 9,
    /* Host only: a stored secret does not open. */
    QRY_CREDENTIAL_ERROR = 10,
    /* Host only: the plugin's process died. */
    QRY_PLUGIN_CRASHED = 11,
    /* The plugin broke its contract, or met a state it did not expect. */
    QRY_PLUGIN_ERROR = 12,
    /* Memory, descriptors, or a configured limit. */
    QRY_RESOURCE_LIMIT = 13,
    /* The driver, or the database, cannot do this. */
    QRY_UNSUPPORTED = 14,
    /* The named thing does not exist. */
    QRY_NOT_FOUND = 15,
    /* Host only: somebody else changed it first, or the name is taken. */
    QRY_CONFLICT = 16,
    /* The object was closed before. */
    QRY_CLOSED = 17,
    /* Host only: used in a child process after fork. */
    QRY_FORKED_PROCESS = 18
};

/* Who noticed. 0 is read as QRY_ORIGIN_PLUGIN when it comes from a plugin. */
enum { QRY_ORIGIN_UNSET = 0, QRY_ORIGIN_HOST = 1, QRY_ORIGIN_PLUGIN = 2, QRY_ORIGIN_SERVER = 3 };
