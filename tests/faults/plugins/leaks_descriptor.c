/* close leaves the descriptor open that connect opened. */
#include "base.h"

static void connect_leaking(const qry_connect_request* request, qry_session** out, qry_call* call) {
    FILE* left_open = fopen("/dev/null", "r");
    (void)left_open;
    base_connect(request, out, call);
}
#define CONNECT connect_leaking
#include "entry.inc"
