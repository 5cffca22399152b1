/* Everything a plugin in C includes. Begin reading at entry.h. */
#pragma once

#include "entry.h"
#include "ext/egress.h"
#include "ext/progress.h"
#include "ext/schema_digest.h"
#include "note.h"
#include "threads.h"
