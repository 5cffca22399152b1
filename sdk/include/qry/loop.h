/* The event loop that an async driver waits on: descriptors, timers, posted functions.
 *
 * A session lives on the loop it was connected on. Callbacks run on the loop's thread, one at a
 * time. A plugin may not block there: no DNS look-up, no blocking connect, no lock that another
 * thread holds for long.
 */
#pragma once

#include <stdint.h>

typedef struct qry_loop qry_loop;
typedef struct qry_watch qry_watch;
typedef struct qry_timer qry_timer;

enum { QRY_READABLE = 1, QRY_WRITABLE = 2 };

/* events: which of those asked for are true; errors and hang-ups are reported as readable and
 * writable both, as poll(2) users expect. [loop] */
typedef void (*qry_watch_fn)(void* data, uint32_t events);

/* [loop] */
typedef void (*qry_loop_fn)(void* data);

/* Part of the host's services (host.h); since 1.0. */
typedef struct qry_loop_services {
    uint32_t struct_size;
    /* Watches fd, level-triggered, until unwatch. events may be 0: watched, but paused. fd stays
     * the plugin's, and must be unwatched before it is closed. Returns NULL when fd cannot be
     * watched. Owned by the plugin. [loop] */
    qry_watch* (*watch)(qry_loop* loop, int fd, uint32_t events, qry_watch_fn fn, void* data);
    /* Changes what is waited for; 0 pauses. [loop] */
    void (*watch_events)(qry_watch* watch, uint32_t events);
    /* Ends the watch; fn is not called again. NULL is allowed. [loop] */
    void (*unwatch)(qry_watch* watch);
    /* Calls fn once at or after at_ns (CLOCK_MONOTONIC), never earlier. The timer is freed after
     * fn returns. Returns NULL only when out of memory. [loop] */
    qry_timer* (*timer)(qry_loop* loop, int64_t at_ns, qry_loop_fn fn, void* data);
    /* Frees a timer that has not fired; fn is not called. NULL is allowed. [loop] */
    void (*timer_cancel)(qry_timer* timer);
    /* Calls fn on the loop's thread, soon, in order of posting. Returns 0, or -1 when the loop has
     * ended: fn is then not called. [any] */
    int32_t (*post)(qry_loop* loop, qry_loop_fn fn, void* data);
} qry_loop_services;
