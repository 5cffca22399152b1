/* The schema says utf8, the array has the two buffers of an int64. */
#include "base.h"

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    base_execute(s, request, head, call);
    if (head->schema.release != NULL) head->schema.children[0]->format = "u";
}
#define EXECUTE execute
#include "entry.inc"
