/* A notice is sent for a call that has ended. */
#include "base.h"

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    qry_notice late = {sizeof(qry_notice), "NOTICE", NULL, "too late"};
    base_execute(s, request, head, call);
    base_host->notice(call, &late);
}
#define EXECUTE execute
#include "entry.inc"
