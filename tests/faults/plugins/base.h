/* A plugin that keeps every rule, as parts that the plugins in this folder replace one of.
 *
 * Its database knows five statements: "one" (a row), "many" (120,000 rows), "slow" (waits until it
 * is cancelled), "none" (no result set) and everything else (an error); and one parameter, "open",
 * which fails the connect when it is "no". Each file includes this, writes its fault, names it with
 * a macro (EXECUTE, NEXT, …), and ends by including entry.inc.
 */
#pragma once

#include <qry/qry.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>

#define MANY_ROWS 120000

struct qry_session {
    qry_arena* arena;
    /* Of the open result. */
    int64_t next_row;
    int64_t rows;
    int64_t batch_rows;
    int64_t batch_bytes;
    int slow;
    atomic_int in_verb;
    atomic_int cancelled;
};

static const qry_host* base_host;

static inline void base_fail(qry_call* call, qry_status status, const char* message) {
    qry_error e = {sizeof(qry_error)};
    e.status = status;
    e.origin = QRY_ORIGIN_PLUGIN;
    e.message = message;
    e.hint = "ask another way";
    call->complete(call, &e);
}

static inline void base_release_schema(struct ArrowSchema* s) {
    for (int64_t i = 0; i < s->n_children; ++i) {
        if (s->children[i]->release != NULL) s->children[i]->release(s->children[i]);
        free(s->children[i]);
    }
    free(s->children);
    s->release = NULL;
}

/* A struct of one column, int64 "n". */
static inline void base_make_schema(struct ArrowSchema* out, const char* format) {
    memset(out, 0, sizeof(*out));
    out->format = "+s";
    out->name = "";
    out->n_children = 1;
    out->children = malloc(sizeof(struct ArrowSchema*));
    out->children[0] = calloc(1, sizeof(struct ArrowSchema));
    out->children[0]->format = format;
    out->children[0]->name = "n";
    out->children[0]->flags = ARROW_FLAG_NULLABLE;
    out->children[0]->release = base_release_schema;
    out->release = base_release_schema;
}

struct base_column {
    qry_arena* arena;
    int64_t* values;
    size_t size;
    const void* buffers[2];
};

struct base_batch {
    struct ArrowArray column;
    struct ArrowArray* columns[1];
    const void* buffers[1];
};

static inline void base_release_column(struct ArrowArray* a) {
    struct base_column* c = a->private_data;
    base_host->buffer_free(c->arena, c->values, c->size);
    free(c);
    a->release = NULL;
}

static inline void base_release_batch(struct ArrowArray* a) {
    struct base_batch* b = a->private_data;
    if (b->column.release != NULL) b->column.release(&b->column);
    free(b);
    a->release = NULL;
}

/* Rows first, first + 1, …; 0 when there is no memory. */
static inline int base_make_batch(
    qry_arena* arena, struct ArrowArray* out, int64_t first, int64_t rows
) {
    size_t size = (size_t)rows * sizeof(int64_t);
    int64_t* values = base_host->buffer_alloc(arena, size);
    if (values == NULL) return 0;
    for (int64_t i = 0; i < rows; ++i)
        values[i] = first + i;
    struct base_column* c = calloc(1, sizeof(*c));
    struct base_batch* b = calloc(1, sizeof(*b));
    *c = (struct base_column){arena, values, size, {NULL, values}};
    b->columns[0] = &b->column;
    b->column.length = rows;
    b->column.n_buffers = 2;
    b->column.buffers = c->buffers;
    b->column.private_data = c;
    b->column.release = base_release_column;
    memset(out, 0, sizeof(*out));
    out->length = rows;
    out->n_buffers = 1;
    out->n_children = 1;
    out->buffers = b->buffers;
    out->children = b->columns;
    out->private_data = b;
    out->release = base_release_batch;
    return 1;
}

static inline const char* base_param(const qry_connect_request* request, const char* name) {
    for (size_t i = 0; i < request->param_count; ++i) {
        if (strcmp(request->params[i].name, name) == 0) return request->params[i].value;
    }
    return "";
}

static inline int base_reachable(const qry_connect_request* request) {
    return strcmp(base_param(request, "open"), "no") != 0;
}

static inline void base_connect(
    const qry_connect_request* request, qry_session** out, qry_call* call
) {
    if (!base_reachable(request)) {
        base_fail(call, QRY_CONNECTION_FAILED, "parameter 'open' is 'no', so nothing is opened");
        return;
    }
    *out = calloc(1, sizeof(qry_session));
    (*out)->arena = request->arena;
    call->complete(call, NULL);
}

static inline void base_test(const qry_connect_request* request, qry_call* call) {
    qry_test_step step = {sizeof(qry_test_step), "open", base_reachable(request), 1000, NULL, NULL};
    base_host->test_step(call, &step);
    if (step.ok) {
        call->complete(call, NULL);
    } else {
        base_fail(call, QRY_CONNECTION_FAILED, "parameter 'open' is 'no', so nothing is opened");
    }
}

static inline void base_cancel_connect(qry_call* call) {
    (void)call;
}

static inline int base_is(const qry_execute_request* request, const char* sql) {
    return request->sql_length == strlen(sql) && memcmp(request->sql, sql, strlen(sql)) == 0;
}

static inline void base_execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    atomic_store(&s->cancelled, 0);
    s->next_row = 0;
    s->batch_rows = request->batch_rows;
    s->batch_bytes = request->batch_bytes;
    s->slow = base_is(request, "slow");
    s->rows = s->slow || base_is(request, "one") ? 1 : base_is(request, "many") ? MANY_ROWS : 0;
    if (s->rows > 0) {
        base_make_schema(&head->schema, "l");
        call->complete(call, NULL);
    } else if (base_is(request, "none")) {
        call->complete(call, NULL);
    } else {
        base_fail(call, QRY_QUERY_ERROR, "this database knows one, many, slow and none");
    }
}

static inline void base_sleep_1ms(void) {
    struct timespec ms = {0, 1000000};
    thrd_sleep(&ms, NULL);
}

static inline void base_next(qry_session* s, struct ArrowArray* out, qry_call* call) {
    int64_t rows = s->rows - s->next_row;
    atomic_store(&s->in_verb, 1);
    while (s->slow && !atomic_load(&s->cancelled))
        base_sleep_1ms();
    atomic_store(&s->in_verb, 0);
    if (s->slow) {
        s->slow = 0;
        s->rows = s->next_row;
        base_fail(call, QRY_QUERY_CANCELLED, "cancelled on request");
        return;
    }
    if (rows > s->batch_rows) rows = s->batch_rows;
    if (rows > s->batch_bytes / 8) rows = s->batch_bytes / 8;
    if (rows > 0 && !base_make_batch(s->arena, out, s->next_row + 1, rows)) {
        s->rows = s->next_row;
        base_fail(call, QRY_RESOURCE_LIMIT, "no memory for a batch");
        return;
    }
    s->next_row += rows;
    call->complete(call, NULL);
}

/* Without a verb that waits there is nothing to cancel. */
static inline void base_cancel(qry_session* s) {
    if (atomic_load(&s->in_verb)) atomic_store(&s->cancelled, 1);
}

static inline void base_reset(qry_session* s, qry_call* call) {
    s->rows = 0;
    s->next_row = 0;
    s->slow = 0;
    call->complete(call, NULL);
}

static inline int32_t base_alive(qry_session* s) {
    (void)s;
    return 1;
}

static inline void base_close(qry_session* s, qry_call* call) {
    free(s);
    call->complete(call, NULL);
}

static inline qry_status base_init(const qry_host* host, qry_error* error) {
    (void)error;
    base_host = host;
    return QRY_OK;
}
