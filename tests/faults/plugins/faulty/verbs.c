/* The verbs, in both driver models; each strikes before it does its work. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "faulty.h"

/* From the build: which of the plugins this is, and what its loading does. */
#ifndef FAULTY_NAME
#define FAULTY_NAME "faulty"
#endif
#ifndef FAULTY_MODEL
#define FAULTY_MODEL QRY_MODEL_BLOCKING
#endif
#ifndef FAULTY_LOAD_PLACE
#define FAULTY_LOAD_PLACE ""
#define FAULTY_LOAD_KIND ""
#endif

struct qry_session {
    qry_arena* arena;
    qry_loop* loop;
    struct fault of_params;
    struct fault of_sql;
    int64_t next_row;
    int64_t rows;
    int slow;
    atomic_int in_verb;
    atomic_int cancelled;
    /* Of an async slow query. */
    qry_call* waiting;
};

const qry_host* faulty_host;
static const struct fault of_load = {FAULTY_LOAD_PLACE, FAULTY_LOAD_KIND};

__attribute__((constructor)) static void loaded(void) {
    strike_at(&of_load, "constructor");
}

static void fail(qry_call* call, qry_status status, const char* message) {
    const qry_error e = {.struct_size = sizeof e, .status = status, .message = message};
    call->complete(call, &e);
}

static const char* param(const qry_connect_request* request, const char* name) {
    for (size_t i = 0; i < request->param_count; ++i) {
        if (strcmp(request->params[i].name, name) == 0) return request->params[i].value;
    }
    return "";
}

static struct fault fault_of(const qry_connect_request* request) {
    struct fault f = {"", ""};
    sscanf(param(request, "fault"), "%15s %23s", f.place, f.kind);
    const char* once = param(request, "once");
    if (*once != 0) {
        const int mark = open(once, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (mark < 0) f.place[0] = 0;
        if (mark >= 0) close(mark);
    }
    return f;
}

static void in_callback(void* kind) {
    strike(kind);
    free(kind);
}

static void* in_thread(void* kind) {
    strike(kind);
    free(kind);
    return NULL;
}

static char* copy_of(const char* text) {
    char* copy = malloc(strlen(text) + 1);
    return copy == NULL ? NULL : strcpy(copy, text);
}

/* What happens beside the verbs. */
static void start_aside(const qry_session* s, const struct fault* f) {
    if (strcmp(f->place, "thread") == 0) {
        pthread_t one;
        if (pthread_create(&one, NULL, in_thread, copy_of(f->kind)) == 0) pthread_detach(one);
    }
    if (strcmp(f->place, "callback") == 0 && s->loop != NULL)
        faulty_host->loop->post(s->loop, in_callback, copy_of(f->kind));
}

static void make_session(const qry_connect_request* request, qry_session** out, qry_call* call) {
    const struct fault f = fault_of(request);
    remember_frame();
    strike_at(&f, "connect");
    if (strcmp(f.place, "cancel_connect") == 0) strike("block");
    *out = calloc(1, sizeof **out);
    (*out)->arena = request->arena;
    (*out)->loop = request->loop;
    (*out)->of_params = f;
    start_aside(*out, &f);
    call->complete(call, NULL);
}

static void test(const qry_connect_request* request, qry_call* call) {
    const struct fault f = fault_of(request);
    const qry_test_step step = {.struct_size = sizeof step, .name = "open", .ok = 1};
    strike_at(&f, "test");
    faulty_host->test_step(call, &step);
    call->complete(call, NULL);
}

static void cancel_connect(qry_call* call) {
    (void)call;
}

static void* complete_elsewhere(void* call) {
    ((qry_call*)call)->complete(call, NULL);
    return NULL;
}

static void end_verb(const qry_session* s, const char* place, qry_call* call) {
    const char* kind = strcmp(s->of_sql.place, place) == 0 ? s->of_sql.kind : "";
    if (strcmp(kind, "no_complete") == 0) return;
    if (strcmp(kind, "wrong_thread") == 0) {
        pthread_t one;
        pthread_create(&one, NULL, complete_elsewhere, call);
        pthread_join(one, NULL);
        return;
    }
    call->complete(call, NULL);
    if (strcmp(kind, "twice") == 0) call->complete(call, NULL);
}

static void end_with_noise(qry_call* call) {
    static char noise[1 << 20];
    memset(noise, 0xfe, sizeof noise - 1);
    fail(call, 4711, noise);
}

static void execute(
    qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    char sql[256] = "";
    memcpy(sql, request->sql, request->sql_length < 255 ? request->sql_length : 255);
    long long rows = 1;
    memset(&s->of_sql, 0, sizeof s->of_sql);
    sscanf(sql, "fault %15s %23s", s->of_sql.place, s->of_sql.kind);
    sscanf(sql, "rows %lld", &rows);
    s->slow = strncmp(sql, "slow", 4) == 0 || strcmp(s->of_sql.place, "cancel") == 0;
    s->next_row = 0;
    /* Lies need a few rows to be about. */
    s->rows = strcmp(s->of_sql.place, "next") == 0 ? 3 : rows;
    atomic_store(&s->cancelled, 0);
    strike_at(&s->of_sql, "execute");
    start_aside(s, &s->of_sql);
    if (strcmp(s->of_sql.place, "execute") == 0 && strcmp(s->of_sql.kind, "noise") == 0) {
        end_with_noise(call);
        return;
    }
    make_schema(&head->schema, &s->of_sql);
    end_verb(s, "execute", call);
}

static void introspect(
    qry_session* s,
    const qry_introspect_request* request,
    struct ArrowSchema* schema,
    qry_call* call
) {
    (void)request, (void)schema;
    strike_at(&s->of_params, "introspect");
    fail(call, QRY_UNSUPPORTED, "this database has no catalog");
}

static void wait_for_cancel(qry_session* s, qry_call* call) {
    atomic_store(&s->in_verb, 1);
    if (FAULTY_MODEL == QRY_MODEL_ASYNC) {
        s->waiting = call;
        return;
    }
    const struct timespec ms = {0, 1000000};
    while (!atomic_load(&s->cancelled))
        nanosleep(&ms, NULL);
    atomic_store(&s->in_verb, 0);
    s->rows = s->next_row;
    fail(call, QRY_QUERY_CANCELLED, "cancelled on request");
}

static void next(qry_session* s, struct ArrowArray* out, qry_call* call) {
    if (s->slow) {
        s->slow = 0;
        wait_for_cancel(s, call);
        return;
    }
    strike_at(&s->of_sql, "next");
    int64_t count = s->rows - s->next_row;
    if (count > 1024) count = 1024;
    if (count > 0 && !make_rows(s->arena, out, s->next_row + 1, count, &s->of_sql)) {
        fail(call, QRY_RESOURCE_LIMIT, "no memory for a batch");
        return;
    }
    s->next_row += count;
    end_verb(s, "next", call);
}

static void cancel(qry_session* s) {
    if (!atomic_load(&s->in_verb)) return;
    strike_at(&s->of_sql, "cancel");
    atomic_store(&s->cancelled, 1);
    if (s->waiting == NULL) return;
    qry_call* call = s->waiting;
    s->waiting = NULL;
    atomic_store(&s->in_verb, 0);
    s->rows = s->next_row;
    fail(call, QRY_QUERY_CANCELLED, "cancelled on request");
}

static void reset(qry_session* s, qry_call* call) {
    strike_at(&s->of_sql, "reset");
    s->rows = s->next_row = 0;
    s->slow = 0;
    end_verb(s, "reset", call);
}

static int32_t alive(qry_session* s) {
    strike_at(&s->of_params, "alive");
    return 1;
}

static void finish(qry_session* s, qry_call* call) {
    strike_at(&s->of_sql, "close");
    strike_at(&s->of_params, "close");
    free(s);
    call->complete(call, NULL);
}

static const qry_session_verbs verbs = {
    sizeof verbs, execute, introspect, next, cancel, reset, alive, finish};
static const qry_driver driver = {sizeof driver, make_session, test, cancel_connect, &verbs};
static const qry_descriptor about = {
    sizeof about,
    FAULTY_MODEL,
    QRY_CAN_CANCEL | QRY_CAN_INTROSPECT,
    FAULTY_NAME,
    "Faults on request",
    "1.0.0",
    "QRY tests",
    "none"};

QRY_PLUGIN_NOTE(FAULTY_NAME, "1.0.0");

static qry_status init(const qry_host* host, qry_error* error) {
    (void)error;
    faulty_host = host;
    strike_at(&of_load, "init");
    return QRY_OK;
}

static const qry_driver* get_driver(const char* name) {
    strike_at(&of_load, "get_driver");
    return strcmp(name, FAULTY_NAME) == 0 ? &driver : NULL;
}

const qry_plugin_entry_table qry_plugin_entry = {
    QRY_PLUGIN_MAGIC,
    QRY_ABI_MAJOR,
    QRY_ABI_MINOR,
    sizeof(qry_plugin_entry_table),
    &about,
    init,
    get_driver,
    NULL};
