/* The note was not updated with the descriptor. */
#include "base.h"
#define NOTE_VERSION "0.9.0"
#include "entry.inc"
