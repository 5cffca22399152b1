/* The layout of ABI 1.0 on x86-64, pinned: every size and every offset.
 *
 * A change here that is not an addition at the end of a table breaks plugins that exist. A table
 * that grew at its end keeps all its lines and gets new ones below "since 1.N"; its size changes
 * with them. Structs marked frozen never change. It is enough that this file compiles.
 */
#include <assert.h>
#include <qry/qry.h>
#include <stddef.h>

#if !defined(__x86_64__)
#error "the layout is pinned for x86-64; write down another machine's before supporting it"
#endif

#define SIZE(type, bytes) static_assert(sizeof(type) == (bytes), "size of " #type)
#define AT(type, member, bytes) \
    static_assert(offsetof(type, member) == (bytes), #type "." #member " has moved")

/* error.h */
SIZE(qry_error, 72);
AT(qry_error, struct_size, 0);
AT(qry_error, status, 4);
AT(qry_error, origin, 8);
AT(qry_error, retryable, 12);
AT(qry_error, vendor_code, 16);
AT(qry_error, sqlstate, 24);
AT(qry_error, message, 32);
AT(qry_error, detail, 40);
AT(qry_error, hint, 48);
AT(qry_error, parameter, 56);
AT(qry_error, position, 64);

/* call.h */
SIZE(qry_call, 40);
AT(qry_call, struct_size, 0);
AT(qry_call, deadline_ns, 8);
AT(qry_call, query_id, 16);
AT(qry_call, host_data, 24);
AT(qry_call, complete, 32);

/* loop.h */
SIZE(qry_loop_services, 56);
AT(qry_loop_services, struct_size, 0);
AT(qry_loop_services, watch, 8);
AT(qry_loop_services, watch_events, 16);
AT(qry_loop_services, unwatch, 24);
AT(qry_loop_services, timer, 32);
AT(qry_loop_services, timer_cancel, 40);
AT(qry_loop_services, post, 48);

/* arrow.h */
/* Frozen. */
SIZE(struct ArrowSchema, 72);
AT(struct ArrowSchema, format, 0);
AT(struct ArrowSchema, name, 8);
AT(struct ArrowSchema, metadata, 16);
AT(struct ArrowSchema, flags, 24);
AT(struct ArrowSchema, n_children, 32);
AT(struct ArrowSchema, children, 40);
AT(struct ArrowSchema, dictionary, 48);
AT(struct ArrowSchema, release, 56);
AT(struct ArrowSchema, private_data, 64);

/* Frozen. */
SIZE(struct ArrowArray, 80);
AT(struct ArrowArray, length, 0);
AT(struct ArrowArray, null_count, 8);
AT(struct ArrowArray, offset, 16);
AT(struct ArrowArray, n_buffers, 24);
AT(struct ArrowArray, n_children, 32);
AT(struct ArrowArray, buffers, 40);
AT(struct ArrowArray, children, 48);
AT(struct ArrowArray, dictionary, 56);
AT(struct ArrowArray, release, 64);
AT(struct ArrowArray, private_data, 72);

/* Frozen. */
SIZE(struct ArrowArrayStream, 40);
AT(struct ArrowArrayStream, get_schema, 0);
AT(struct ArrowArrayStream, get_next, 8);
AT(struct ArrowArrayStream, get_last_error, 16);
AT(struct ArrowArrayStream, release, 24);
AT(struct ArrowArrayStream, private_data, 32);

/* host.h */
SIZE(qry_notice, 32);
AT(qry_notice, struct_size, 0);
AT(qry_notice, severity, 8);
AT(qry_notice, sqlstate, 16);
AT(qry_notice, message, 24);

SIZE(qry_test_step, 48);
AT(qry_test_step, struct_size, 0);
AT(qry_test_step, name, 8);
AT(qry_test_step, ok, 16);
AT(qry_test_step, duration_ns, 24);
AT(qry_test_step, detail, 32);
AT(qry_test_step, hint, 40);

SIZE(qry_progress, 40);
AT(qry_progress, struct_size, 0);
AT(qry_progress, fraction, 8);
AT(qry_progress, done, 16);
AT(qry_progress, total, 24);
AT(qry_progress, stage, 32);

SIZE(qry_host, 112);
AT(qry_host, struct_size, 0);
AT(qry_host, abi_major, 4);
AT(qry_host, abi_minor, 6);
AT(qry_host, version, 8);
AT(qry_host, log, 16);
AT(qry_host, log_level, 24);
AT(qry_host, loop, 32);
AT(qry_host, secret, 40);
AT(qry_host, notice, 48);
AT(qry_host, test_step, 56);
AT(qry_host, progress, 64);
AT(qry_host, server_info, 72);
AT(qry_host, buffer_alloc, 80);
AT(qry_host, buffer_resize, 88);
AT(qry_host, buffer_free, 96);
AT(qry_host, get_extension, 104);

/* introspect.h */
SIZE(qry_introspect_request, 48);
AT(qry_introspect_request, struct_size, 0);
AT(qry_introspect_request, part, 4);
AT(qry_introspect_request, first, 8);
AT(qry_introspect_request, last, 12);
AT(qry_introspect_request, catalog, 16);
AT(qry_introspect_request, schema, 24);
AT(qry_introspect_request, batch_rows, 32);
AT(qry_introspect_request, batch_bytes, 40);

/* session.h */
/* Frozen. */
SIZE(qry_param, 16);
AT(qry_param, name, 0);
AT(qry_param, value, 8);

SIZE(qry_execute_request, 72);
AT(qry_execute_request, struct_size, 0);
AT(qry_execute_request, sql, 8);
AT(qry_execute_request, sql_length, 16);
AT(qry_execute_request, args_schema, 24);
AT(qry_execute_request, args, 32);
AT(qry_execute_request, options, 40);
AT(qry_execute_request, option_count, 48);
AT(qry_execute_request, batch_rows, 56);
AT(qry_execute_request, batch_bytes, 64);

SIZE(qry_result_head, 88);
AT(qry_result_head, struct_size, 0);
AT(qry_result_head, schema, 8);
AT(qry_result_head, rows_affected, 80);

SIZE(qry_session_verbs, 64);
AT(qry_session_verbs, struct_size, 0);
AT(qry_session_verbs, execute, 8);
AT(qry_session_verbs, introspect, 16);
AT(qry_session_verbs, next, 24);
AT(qry_session_verbs, cancel, 32);
AT(qry_session_verbs, reset, 40);
AT(qry_session_verbs, alive, 48);
AT(qry_session_verbs, close, 56);

/* driver.h */
SIZE(qry_connect_request, 40);
AT(qry_connect_request, struct_size, 0);
AT(qry_connect_request, params, 8);
AT(qry_connect_request, param_count, 16);
AT(qry_connect_request, loop, 24);
AT(qry_connect_request, arena, 32);

SIZE(qry_driver, 40);
AT(qry_driver, struct_size, 0);
AT(qry_driver, connect, 8);
AT(qry_driver, test, 16);
AT(qry_driver, cancel, 24);
AT(qry_driver, session, 32);

/* entry.h */
SIZE(qry_descriptor, 56);
AT(qry_descriptor, struct_size, 0);
AT(qry_descriptor, model, 4);
AT(qry_descriptor, capabilities, 8);
AT(qry_descriptor, name, 16);
AT(qry_descriptor, title, 24);
AT(qry_descriptor, version, 32);
AT(qry_descriptor, publisher, 40);
AT(qry_descriptor, dialect, 48);

SIZE(qry_plugin_entry_table, 48);
AT(qry_plugin_entry_table, magic, 0);
AT(qry_plugin_entry_table, abi_major, 8);
AT(qry_plugin_entry_table, abi_minor, 10);
AT(qry_plugin_entry_table, struct_size, 12);
AT(qry_plugin_entry_table, descriptor, 16);
AT(qry_plugin_entry_table, init, 24);
AT(qry_plugin_entry_table, get_driver, 32);
AT(qry_plugin_entry_table, get_extension, 40);

/* note.h */
/* Frozen. */
SIZE(qry_note_body, 88);
AT(qry_note_body, magic, 0);
AT(qry_note_body, abi_major, 8);
AT(qry_note_body, abi_minor, 10);
AT(qry_note_body, entry_size, 12);
AT(qry_note_body, driver_size, 16);
AT(qry_note_body, session_size, 20);
AT(qry_note_body, name, 24);
AT(qry_note_body, version, 56);

/* Frozen. */
SIZE(qry_note, 104);
AT(qry_note, owner_size, 0);
AT(qry_note, body_size, 4);
AT(qry_note, type, 8);
AT(qry_note, owner, 12);
AT(qry_note, body, 16);

/* ext/egress.h */
SIZE(qry_ext_egress, 16);
AT(qry_ext_egress, struct_size, 0);
AT(qry_ext_egress, allowed, 8);

/* ext/progress.h */
SIZE(qry_ext_progress, 16);
AT(qry_ext_progress, struct_size, 0);
AT(qry_ext_progress, get, 8);

/* ext/schema_digest.h */
SIZE(qry_ext_schema_digest, 16);
AT(qry_ext_schema_digest, struct_size, 0);
AT(qry_ext_schema_digest, digest, 8);
static_assert(QRY_SCHEMA_DIGEST_SIZE == 128, "the room of a digest is frozen");

/* Constants that are on the wire between host and plugin. */
static_assert(QRY_ABI_MAJOR == 1, "another major needs a file of its own");
static_assert(QRY_PLUGIN_MAGIC == UINT64_C(0x3147554C50595251), "the magic has changed");
static_assert(QRY_FORKED_PROCESS == 18, "status values are frozen");
static_assert(QRY_ORIGIN_SERVER == 3, "origin values are frozen");
static_assert(QRY_CAN_WRITE == 32, "capability bits are frozen");
static_assert(QRY_MODEL_ASYNC == 2, "model values are frozen");
static_assert(QRY_INTROSPECT_KEYS == 3, "parts of introspection are frozen");
static_assert(QRY_READABLE == 1 && QRY_WRITABLE == 2, "loop events are frozen");
