/* A slow statement runs on, whatever is asked of it. */
#include "base.h"

static void cancel(qry_session* s) {
    (void)s;
}
#define CANCEL cancel
#include "entry.inc"
