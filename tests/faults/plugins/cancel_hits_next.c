/* A cancel without a verb in flight is remembered, and ends the next statement. */
#include "base.h"

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    if (atomic_exchange(&s->cancelled, 0)) {
        base_fail(call, QRY_QUERY_CANCELLED, "cancelled on request");
    } else {
        base_execute(s, request, head, call);
    }
}
static void cancel(qry_session* s) {
    atomic_store(&s->cancelled, 1);
}
#define EXECUTE execute
#define CANCEL cancel
#include "entry.inc"
