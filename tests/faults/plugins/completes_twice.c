/* execute ends its call a second time. */
#include "base.h"

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    base_execute(s, request, head, call);
    call->complete(call, NULL);
}
#define EXECUTE execute
#include "entry.inc"
