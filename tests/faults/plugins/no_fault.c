/* Keeps every rule: what the other files differ from. */
#include "base.h"
#include "entry.inc"
