/* Errors come without a message. */
#include "base.h"

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    if (base_is(request, "wrong")) {
        base_fail(call, QRY_QUERY_ERROR, NULL);
    } else {
        base_execute(s, request, head, call);
    }
}
#define EXECUTE execute
#include "entry.inc"
