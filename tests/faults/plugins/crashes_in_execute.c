/* execute writes where nothing is. */
#include "base.h"

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    volatile int* nowhere = NULL;
    (void)s, (void)request, (void)head, (void)call;
    *nowhere = 1;
}
#define EXECUTE execute
#include "entry.inc"
