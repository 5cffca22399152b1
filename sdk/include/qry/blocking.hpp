// The blocking model in C++: derive a session and a driver, and let blocking_tables<Driver> make
// the C tables. Each verb returns a result; exceptions end at the barrier.
#pragma once

#include <memory>

#include "verbs.hpp"

namespace qry {

// One connection. Verbs run on the session's own thread, one at a time; cancel() comes from any
// thread, also during a verb.
class blocking_session {
public:
    blocking_session() = default;
    blocking_session(const blocking_session&) = delete;
    blocking_session& operator=(const blocking_session&) = delete;
    virtual ~blocking_session() = default;

    virtual result<result_head> execute(const execute_request& request, const call& call) = 0;
    virtual result<unique_schema> introspect(
        const qry_introspect_request& request, const call& call
    ) = 0;
    // See ext/schema_digest.h; asked for only when Driver::has_schema_digest. Printable ASCII,
    // shorter than QRY_SCHEMA_DIGEST_SIZE.
    virtual result<std::string> schema_digest(const call&) {
        return error{.kind = status::unsupported, .message = "there is no digest of the schema"};
    }
    // At least one row, or an empty array at the end of the result.
    virtual result<unique_array> next(const call& call) = 0;
    // Raise a flag, call the library's interrupt: nothing that waits.
    virtual void cancel() noexcept {}
    virtual result<void> reset(const call& call) = 0;
    virtual bool alive() noexcept { return true; }
    // Known only once the result ended; -1 = unknown.
    virtual std::int64_t rows_affected() noexcept { return -1; }
};

// Driver must have:
//   static result<std::unique_ptr<blocking_session>> connect(const connect_request&, const call&);
//   static result<void> test(const connect_request&, const call&);
//   static void cancel_connect(qry_call*) noexcept;      // any thread
// and may have:
//   static constexpr bool has_schema_digest = true;
template <class Driver>
class blocking_tables {
public:
    static const qry_driver* driver() noexcept {
        static const qry_driver table = {
            sizeof(qry_driver), &connect, &test, &Driver::cancel_connect, session()};
        return &table;
    }
    static const void* extension(std::string_view id) noexcept {
        if constexpr (requires { Driver::has_schema_digest; }) {
            static const qry_ext_schema_digest table = {sizeof(qry_ext_schema_digest), &digest};
            if (id == QRY_EXT_SCHEMA_DIGEST) return &table;
        }
        return nullptr;
    }

private:
    // What the host holds: the session, and where its open result's head lives.
    struct holder {
        std::unique_ptr<blocking_session> session;
        qry_result_head* head = nullptr;
    };
    static holder* of(qry_session* s) noexcept { return reinterpret_cast<holder*>(s); }

    static const qry_session_verbs* session() noexcept {
        static const qry_session_verbs table = {
            sizeof(qry_session_verbs),
            &execute,
            &introspect,
            &next,
            &cancel,
            &reset,
            &alive,
            &close};
        return &table;
    }
    static void connect(const qry_connect_request* request, qry_session** out, qry_call* raw) {
        fail_closed(
            raw,
            "connect",
            [&]() -> result<holder*> {
                auto made = Driver::connect(connect_request(*request), call(raw));
                if (!made) return std::move(made).error();
                return new holder{std::move(*made)};
            },
            [&](holder* made) { *out = reinterpret_cast<qry_session*>(made); }
        );
    }
    static void test(const qry_connect_request* request, qry_call* raw) {
        fail_closed(
            raw, "test", [&] { return Driver::test(connect_request(*request), call(raw)); }, [] {}
        );
    }
    static void execute(
        qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* raw
    ) {
        of(s)->head = head;
        fail_closed(
            raw,
            "execute",
            [&] { return of(s)->session->execute(execute_request(*request), call(raw)); },
            [&](result_head& made) { hand_over(made, head); }
        );
    }
    static void introspect(
        qry_session* s, const qry_introspect_request* request, ArrowSchema* schema, qry_call* raw
    ) {
        of(s)->head = nullptr;
        fail_closed(
            raw,
            "introspect",
            [&] { return of(s)->session->introspect(*request, call(raw)); },
            [&](unique_schema& made) { made.move_to(schema); }
        );
    }
    static void digest(qry_session* s, char* out, qry_call* raw) {
        fail_closed(
            raw,
            "schema_digest",
            [&] { return of(s)->session->schema_digest(call(raw)); },
            [&](std::string& made) { hand_over(made, out); }
        );
    }
    static void next(qry_session* s, ArrowArray* out, qry_call* raw) {
        fail_closed(
            raw,
            "next",
            [&] {
                auto batch = of(s)->session->next(call(raw));
                if (batch && !*batch && of(s)->head != nullptr) {
                    of(s)->head->rows_affected = of(s)->session->rows_affected();
                    of(s)->head = nullptr;
                }
                return batch;
            },
            [&](unique_array& batch) { batch.move_to(out); }
        );
    }
    static void cancel(qry_session* s) { of(s)->session->cancel(); }
    static void reset(qry_session* s, qry_call* raw) {
        of(s)->head = nullptr;
        fail_closed(
            raw, "reset", [&] { return of(s)->session->reset(call(raw)); }, [] {}
        );
    }
    static std::int32_t alive(qry_session* s) { return of(s)->session->alive() ? 1 : 0; }
    static void close(qry_session* s, qry_call* raw) {
        fail_closed(
            raw,
            "close",
            [&]() -> result<void> {
                delete of(s);
                return {};
            },
            [] {}
        );
    }
};

}  // namespace qry
