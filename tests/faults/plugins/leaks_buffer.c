/* The release of a column forgets its buffer. */
#include "base.h"

static void release(struct ArrowArray* a) {
    free(a->private_data);
    a->release = NULL;
}

static void next(qry_session* s, struct ArrowArray* out, qry_call* call) {
    base_next(s, out, call);
    if (out->release != NULL) out->children[0]->release = release;
}
#define NEXT next
#include "entry.inc"
