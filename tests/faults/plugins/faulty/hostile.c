/* Rows as they should be, and every lie about them that a consumer might believe. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faulty.h"

enum { COLUMNS = 3, TEXT = 24 };

/* One piece of the arena: structures first, then the values. */
struct block {
    qry_arena* arena;
    size_t size;
    atomic_int owners;
    struct ArrowArray children[COLUMNS];
    struct ArrowArray* pointers[COLUMNS];
    const void* no_bitmap[1];
    const void* buffers[COLUMNS][3];
};

static struct fault of_release;

static void drop(struct block* b) {
    if (atomic_fetch_sub(&b->owners, 1) == 1) faulty_host->buffer_free(b->arena, b, b->size);
}

static void release_array(struct ArrowArray* a) {
    strike_at(&of_release, "release");
    for (int64_t i = 0; i < a->n_children; ++i) {
        if (a->children[i]->release != NULL) a->children[i]->release(a->children[i]);
    }
    a->release = NULL;
    drop(a->private_data);
}

static int is(const struct fault* fault, const char* kind) {
    return strcmp(fault->place, "next") == 0 && strcmp(fault->kind, kind) == 0;
}

static struct ArrowArray array_of(
    struct block* b, int64_t length, int64_t buffers, const void** where
) {
    const struct ArrowArray a = {
        .length = length,
        .n_buffers = buffers,
        .buffers = where,
        .private_data = b,
        .release = release_array};
    return a;
}

static void* write_later(void* text) {
    /* Long enough to be still at it when the host reads; ends by itself. */
    for (int i = 0; i < 20000000; ++i)
        ((volatile char*)text)[i % 8] = (char)i;
    return NULL;
}

static void lie(struct block* b, struct ArrowArray* out, const struct fault* fault, char* text) {
    int32_t* offsets = (int32_t*)b->buffers[1][1];
    double* doubles = (double*)b->buffers[2][1];
    const int64_t count = out->length;
    if (is(fault, "negative_length")) out->length = -1;
    if (is(fault, "negative_child")) b->children[0].length = -5;
    if (is(fault, "long_child")) b->children[0].length = INT64_MAX;
    if (is(fault, "rows_2g"))
        out->length = b->children[0].length = b->children[1].length = b->children[2].length =
            INT64_C(1) << 31;
    if (is(fault, "mismatch")) b->children[1].length = count - 1;
    if (is(fault, "negative_offset")) b->children[0].offset = -1;
    if (is(fault, "huge_offset")) b->children[0].offset = INT64_MAX - 1;
    if (is(fault, "negative_text")) offsets[1] = -7;
    if (is(fault, "falling_text")) offsets[1] = offsets[2] + 9;
    if (is(fault, "long_text")) offsets[count] = INT32_MAX;
    if (is(fault, "bad_utf8")) memset(text, 0xff, 3);
    if (is(fault, "surrogate")) memcpy(text, "\xed\xa0\x80", 3);
    if (is(fault, "no_buffers")) b->children[0].buffers = NULL;
    if (is(fault, "null_buffer")) b->buffers[0][1] = NULL;
    if (is(fault, "foreign_buffer")) b->buffers[0][1] = (const void*)(uintptr_t)0x1000;
    if (is(fault, "null_count")) b->children[0].null_count = count + 1;
    if (is(fault, "few_children")) out->n_children = 2;
    if (is(fault, "many_children")) out->n_children = 1000000;
    if (is(fault, "few_buffers")) b->children[1].n_buffers = 1;
    if (is(fault, "null_child")) b->pointers[2] = NULL;
    if (is(fault, "released_child")) b->children[2].release = NULL;
    if (is(fault, "not_a_number")) {
        doubles[0] = (double)NAN;
        doubles[1] = (double)INFINITY;
        doubles[2] = -(double)INFINITY;
    }
    if (is(fault, "nul")) text[0] = 0;
    if (is(fault, "write_after")) {
        pthread_t writer;
        if (pthread_create(&writer, NULL, write_later, text) == 0) pthread_detach(writer);
    }
    if (is(fault, "double_release"))
        b->children[0].release(&b->children[0]), b->children[0].release = release_array;
}

int make_rows(
    qry_arena* arena,
    struct ArrowArray* out,
    int64_t first,
    int64_t count,
    const struct fault* fault
) {
    const size_t rows = (size_t)count;
    const size_t size =
        sizeof(struct block) + 64 + rows * (2 * sizeof(double) + TEXT) + (rows + 1) * 4;
    struct block* b = faulty_host->buffer_alloc(arena, size);
    if (b == NULL) return 0;
    memset(b, 0, size);
    b->arena = arena;
    b->size = size;
    atomic_init(&b->owners, 1 + COLUMNS);
    of_release = *fault;
    char* at = (char*)b + (sizeof(struct block) + 63) / 64 * 64;
    int64_t* numbers = (int64_t*)(void*)at;
    double* doubles = (double*)(void*)(at + rows * 8);
    int32_t* offsets = (int32_t*)(void*)(at + rows * 16);
    char* text = at + rows * 16 + (rows + 1) * 4;
    for (size_t i = 0; i < rows; ++i) {
        numbers[i] = first + (int64_t)i;
        doubles[i] = (double)numbers[i] / 2;
        offsets[i + 1] =
            offsets[i] + snprintf(text + offsets[i], TEXT, "row %lld", (long long)numbers[i]);
    }
    b->buffers[0][1] = numbers;
    b->buffers[1][1] = offsets;
    b->buffers[1][2] = text;
    b->buffers[2][1] = doubles;
    for (int i = 0; i < COLUMNS; ++i) {
        b->children[i] = array_of(b, count, i == 1 ? 3 : 2, b->buffers[i]);
        b->pointers[i] = &b->children[i];
    }
    *out = array_of(b, count, 1, b->no_bitmap);
    out->n_children = COLUMNS;
    out->children = b->pointers;
    lie(b, out, fault, text);
    return 1;
}

static void release_schema(struct ArrowSchema* s) {
    for (int64_t i = 0; i < s->n_children; ++i) {
        if (s->children[i]->release != NULL) s->children[i]->release(s->children[i]);
        free(s->children[i]);
    }
    free(s->children);
    s->release = NULL;
}

static const char* format_of(int column, const struct fault* fault) {
    static const char* const formats[COLUMNS] = {"l", "u", "g"};
    if (strcmp(fault->place, "execute") == 0 && column == 0) {
        if (strcmp(fault->kind, "no_format") == 0) return "";
        if (strcmp(fault->kind, "bad_format") == 0) return "+w:99999999999999999999";
        if (strcmp(fault->kind, "null_format") == 0) return NULL;
    }
    return formats[column];
}

void make_schema(struct ArrowSchema* out, const struct fault* fault) {
    static const char* const names[COLUMNS] = {"n", "t", "d"};
    const int utf8 = strcmp(fault->place, "execute") == 0 && strcmp(fault->kind, "bad_name") == 0;
    memset(out, 0, sizeof(*out));
    out->format = "+s";
    out->name = "";
    out->n_children = COLUMNS;
    out->children = calloc(COLUMNS, sizeof(*out->children));
    for (int i = 0; i < COLUMNS; ++i) {
        out->children[i] = calloc(1, sizeof(**out->children));
        out->children[i]->format = format_of(i, fault);
        out->children[i]->name = utf8 ? "\xff\xfe" : names[i];
        out->children[i]->flags = ARROW_FLAG_NULLABLE;
        out->children[i]->release = release_schema;
    }
    out->release = release_schema;
}
