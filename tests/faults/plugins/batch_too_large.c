/* One batch for the whole result, whatever the limits. */
#include "base.h"

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    base_execute(s, request, head, call);
    s->batch_rows = MANY_ROWS;
    s->batch_bytes = MANY_ROWS * 8;
}
#define EXECUTE execute
#include "entry.inc"
