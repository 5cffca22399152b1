/* A whole plugin in C: a "database" that answers every statement with one row, "hello, <sql>".
 *
 * Blocking model: each verb does its work and completes its call before it returns. What small
 * plugins have in common is in qry/simple.h.
 */
#include <stdlib.h>

#include <qry/simple.h>

/* Tells the host who we are before any code of ours runs; name and version as below. */
QRY_PLUGIN_NOTE("hello", "1.0.0");

/* One answer, all of it in one block of the session's arena: the schema's field, the batch's
 * column, and its buffers (no validity bitmap, two offsets, the text). */
struct reply {
    qry_block block;
    struct ArrowSchema field, *fields[1];
    struct ArrowArray column, *columns[1];
    const void *no_bitmap[1], *buffers[3];
    int32_t offsets[2];
    char text[];
};

/* Ours alone: the host never looks inside. unread.release is NULL when there is nothing to read. */
struct qry_session {
    qry_arena* arena;
    struct ArrowArray unread;
};

static void start(const qry_connect_request* request, qry_session** out, qry_call* call) {
    *out = calloc(1, sizeof **out);
    if (*out) (*out)->arena = request->arena;
    *out ? qry_succeed(call) : qry_fail(call, QRY_RESOURCE_LIMIT, "out of memory");
}

static const char greeting[] = "hello, ";

static void answer(qry_session* s, const qry_execute_request* q, qry_result_head* h, qry_call* c) {
    const size_t start = sizeof greeting - 1, length = start + q->sql_length;
    /* Offsets are 32 bits wide. The owners: schema, field, batch, column. */
    struct reply* r = length > INT32_MAX ? NULL : qry_block_new(s->arena, sizeof *r + length, 4);
    if (r) {
        memcpy(r->text, greeting, start);
        memcpy(r->text + start, q->sql, q->sql_length);
        r->offsets[1] = (int32_t)length;
        r->buffers[1] = r->offsets, r->buffers[2] = r->text;
        r->fields[0] = &r->field, r->columns[0] = &r->column;
        r->field = qry_block_schema("u", "greeting", 0, NULL, r);
        r->column = qry_block_array(1, 3, r->buffers, 0, NULL, r);
        h->schema = qry_block_schema("+s", "", 1, r->fields, r);
        s->unread = qry_block_array(1, 1, r->no_bitmap, 1, r->columns, r);
    }
    r ? qry_succeed(c) : qry_fail(c, QRY_RESOURCE_LIMIT, "no memory for the answer");
}

/* Hands the batch over; the second time it is empty, which is the end of the result. */
static void next(qry_session* s, struct ArrowArray* out, qry_call* call) {
    *out = s->unread;
    s->unread.release = NULL;
    qry_succeed(call);
}
static void reset(qry_session* s, qry_call* call) {
    if (s->unread.release) s->unread.release(&s->unread);
    qry_succeed(call);
}
static void finish(qry_session* s, qry_call* call) {
    if (s->unread.release) s->unread.release(&s->unread);
    free(s);
    qry_succeed(call);
}

static const qry_session_verbs verbs = {sizeof verbs,  answer, qry_no_introspect, next,
                                        qry_no_cancel, reset,  qry_always_alive,  finish};
static const qry_driver driver = {
    sizeof driver, start, qry_open_test, qry_no_cancel_connect, &verbs};
static const qry_descriptor about = {sizeof about, QRY_MODEL_BLOCKING, 0,      "hello", "Hello",
                                     "1.0.0",      "QRY samples",      "hello"};
QRY_SIMPLE_ENTRY(about, driver);
