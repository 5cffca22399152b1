/* qry.egress/1: where a driver may connect to. A host extension: qry_host.get_extension gives it.
 *
 * A driver that is led to addresses by others (an HTTP redirect, a link in a reply, a name that the
 * user typed) asks before it opens a socket, with the address that the name came to. A host without
 * this extension leaves it to the driver: see sdk/kit/net.
 *
 * Rationale: the address and not the name is asked about, since a name may come to another address
 * each time (DNS rebinding).
 */
#pragma once

#include <stdint.h>

#define QRY_EXT_EGRESS "qry.egress/1"

struct sockaddr;

typedef struct qry_ext_egress {
    uint32_t struct_size;
    /* 1 when a socket may be connected to it, else 0. address is of family AF_INET or AF_INET6,
     * borrowed for the call; length is its size in bytes. [any] */
    int32_t (*allowed)(const struct sockaddr* address, uint32_t length);
} qry_ext_egress;
