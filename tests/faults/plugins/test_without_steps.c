/* test tells its outcome and nothing of the way there. */
#include "base.h"

static void test(const qry_connect_request* request, qry_call* call) {
    (void)request;
    call->complete(call, NULL);
}
#define TEST test
#include "entry.inc"
