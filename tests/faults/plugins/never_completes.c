/* An async driver whose execute waits for nothing. */
#include "base.h"

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    (void)s, (void)request, (void)head, (void)call;
}
#define EXECUTE execute
#define MODEL QRY_MODEL_ASYNC
#include "entry.inc"
