/* Answers every statement with one row: what this plugin's own symbols say about it. */
#include <stdlib.h>

#include <qry/simple.h>

QRY_PLUGIN_NOTE(CLASH_NAME, "1.0.0");

/* words.cpp; valid for the life of the process. */
const char* word_for(const char* question);

struct reply {
    qry_block block;
    struct ArrowSchema field, *fields[1];
    struct ArrowArray column, *columns[1];
    const void *no_bitmap[1], *buffers[3];
    int32_t offsets[2];
};

struct qry_session {
    qry_arena* arena;
    struct ArrowArray unread;
};

static void start(const qry_connect_request* request, qry_session** out, qry_call* call) {
    *out = calloc(1, sizeof **out);
    if (*out) (*out)->arena = request->arena;
    *out ? qry_succeed(call) : qry_fail(call, QRY_RESOURCE_LIMIT, "out of memory");
}

static void answer(qry_session* s, const qry_execute_request* q, qry_result_head* h, qry_call* c) {
    char question[32] = "";
    memcpy(question, q->sql, q->sql_length < 31 ? q->sql_length : 31);
    const char* word = word_for(question);
    struct reply* r = qry_block_new(s->arena, sizeof *r, 4);
    if (r == NULL) {
        qry_fail(c, QRY_RESOURCE_LIMIT, "no memory for the answer");
        return;
    }
    r->offsets[1] = (int32_t)strlen(word);
    r->buffers[1] = r->offsets;
    r->buffers[2] = word;
    r->fields[0] = &r->field;
    r->columns[0] = &r->column;
    r->field = qry_block_schema("u", "word", 0, NULL, r);
    r->column = qry_block_array(1, 3, r->buffers, 0, NULL, r);
    h->schema = qry_block_schema("+s", "", 1, r->fields, r);
    s->unread = qry_block_array(1, 1, r->no_bitmap, 1, r->columns, r);
    qry_succeed(c);
}

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

static const qry_session_verbs verbs = {
    sizeof verbs, answer, qry_no_introspect, next, qry_no_cancel, reset, qry_always_alive, finish};
static const qry_driver driver = {
    sizeof driver, start, qry_open_test, qry_no_cancel_connect, &verbs};
static const qry_descriptor about = {
    sizeof about, QRY_MODEL_BLOCKING, 0, CLASH_NAME, "Symbols", "1.0.0", "QRY tests", "none"};
QRY_SIMPLE_ENTRY(about, driver);
