/* The result ends before its last batch. */
#include "base.h"

static void next(qry_session* s, struct ArrowArray* out, qry_call* call) {
    if (s->rows > 1 && s->next_row + s->batch_rows >= s->rows) s->next_row = s->rows;
    base_next(s, out, call);
}
#define NEXT next
#include "entry.inc"
