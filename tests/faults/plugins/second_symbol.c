/* Exports a helper beside the entry. */
#include "base.h"

QRY_EXPORT int helper_that_everybody_sees(void);
int helper_that_everybody_sees(void) {
    return 1;
}
#include "entry.inc"
