/* A plugin whose fault is chosen by whoever uses it: which place, and what happens there.
 *
 *   parameter "fault"         "connect segv": strikes in connect, test, introspect, alive,
 *                             cancel_connect, callback or thread
 *   SQL "fault PLACE KIND …"  arms one fault of this session: execute, next, reset, close, cancel,
 *                             release, callback, thread; what follows makes the text unique
 *   SQL "rows N"              N good rows: n int64 from 1, t utf8 "row n", d float64 n / 2
 *   SQL "slow …"              waits until it is cancelled
 *   everything else           one good row
 *
 * Parameter "once" names a file: the fault of the parameter strikes only while it does not exist,
 * and makes it. The kinds are in strike.c (what ends, hangs or eats the process), throws.cpp (what
 * leaves a function by another way) and hostile.c (what is handed over).
 */
#pragma once

#include <qry/qry.h>
#include <stdatomic.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fault {
    char place[16];
    char kind[24];
};

extern const qry_host* faulty_host;

/* Does it when the fault is for this place; returns when it is not, or when the kind is one that
 * can be survived. */
void strike_at(const struct fault* fault, const char* place);
void strike(const char* kind);

/* throws.cpp; 0 for a kind that is not theirs. */
int strike_by_leaving(const char* kind);
/* Marks where a longjmp of later leads: into a frame that is gone by then. */
void remember_frame(void);

/* What next hands over: count rows from first, or a lie of that kind about them. 0: no memory. */
int make_rows(
    qry_arena* arena,
    struct ArrowArray* out,
    int64_t first,
    int64_t count,
    const struct fault* fault
);
void make_schema(struct ArrowSchema* out, const struct fault* fault);

#ifdef __cplusplus
}
#endif
