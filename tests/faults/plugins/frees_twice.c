/* The release of a column frees its buffer, and frees it again. */
#include "base.h"

static void release(struct ArrowArray* a) {
    struct base_column* c = a->private_data;
    base_host->buffer_free(c->arena, c->values, c->size);
    base_release_column(a);
}

static void next(qry_session* s, struct ArrowArray* out, qry_call* call) {
    base_next(s, out, call);
    if (out->release != NULL) out->children[0]->release = release;
}
#define NEXT next
#include "entry.inc"
