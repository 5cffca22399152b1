/* A blocking next that forgets its call at the end of the result. */
#include "base.h"

static void next(qry_session* s, struct ArrowArray* out, qry_call* call) {
    if (s->next_row < s->rows) base_next(s, out, call);
}
#define NEXT next
#include "entry.inc"
