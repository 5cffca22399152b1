// The async model in C++: verbs are coroutines on the session's loop; async_tables<Driver> makes
// the C tables.
#pragma once

#include <memory>

#include "ext/progress.h"
#include "loop.hpp"
#include "task.hpp"
#include "verbs.hpp"

namespace qry {

// One connection. Everything happens on the loop's thread. References given to a verb stay valid
// until its task ends.
class async_session {
public:
    async_session() = default;
    async_session(const async_session&) = delete;
    async_session& operator=(const async_session&) = delete;
    virtual ~async_session() = default;

    virtual task<result<result_head>> execute(execute_request request, call call) = 0;
    virtual task<result<unique_schema>> introspect(qry_introspect_request request, call call) = 0;
    // See ext/schema_digest.h; asked for only when Driver::has_schema_digest. Printable ASCII,
    // shorter than QRY_SCHEMA_DIGEST_SIZE.
    virtual task<result<std::string>> schema_digest(call) {
        co_return error{.kind = status::unsupported, .message = "there is no digest of the schema"};
    }
    // At least one row, or an empty array at the end of the result.
    virtual task<result<unique_array>> next(call call) = 0;
    // The fast path of next: a batch that needs no waiting, without a coroutine. Empty optional =
    // use next().
    virtual std::optional<result<unique_array>> next_now(call) { return std::nullopt; }
    // The verb in flight, if any, must still end by itself, when nothing of the cancelling is under
    // way any more.
    virtual void cancel() noexcept = 0;
    virtual task<result<void>> reset(call call) = 0;
    virtual bool alive() noexcept = 0;
    // Says goodbye; the object is destroyed afterwards.
    virtual task<void> close(call call) = 0;
    // How far the statement in flight is, from what is known now; see ext/progress.h. Asked for
    // only when Driver::has_progress. stage must stay valid until the next verb.
    virtual std::optional<qry_progress> how_far() noexcept { return std::nullopt; }
    // Known only once the result ended; -1 = unknown.
    virtual std::int64_t rows_affected() noexcept { return -1; }
};

// Driver must have:
//   static task<result<std::unique_ptr<async_session>>> connect(connect_request, call);
//   static task<result<void>> test(connect_request, call);
//   static void cancel_connect(qry_call*) noexcept;      // loop thread
// and may have:
//   static constexpr bool has_schema_digest = true;
//   static constexpr bool has_progress = true;
template <class Driver>
class async_tables {
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
        if constexpr (requires { Driver::has_progress; }) {
            static const qry_ext_progress table = {sizeof(qry_ext_progress), &how_far};
            if (id == QRY_EXT_PROGRESS) return &table;
        }
        return nullptr;
    }

private:
    struct holder {
        std::unique_ptr<async_session> session;
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

    // Starts a verb; hand() passes a success on just before the call completes.
    template <class Make, class Hand>
    static void run(qry_call* raw, const char* verb, Make make, Hand hand) noexcept {
        using outcome = std::decay_t<decltype(make().await_resume())>;
        auto fail = [raw, verb](const std::exception_ptr& failure) noexcept {
            try {
                std::rethrow_exception(failure);
            } catch (...) {
                complete(raw, result<void>(current_exception_as_error(verb)));
            }
        };
        try {
            if constexpr (std::is_void_v<outcome>) {
                start(
                    make(),
                    [raw, hand]() mutable noexcept { hand(), complete(raw, result<void>()); },
                    fail
                );
            } else {
                start(
                    make(),
                    [raw, hand](outcome value) mutable noexcept {
                        if (value) hand(value);
                        complete(raw, value);
                    },
                    fail
                );
            }
        } catch (...) {
            fail(std::current_exception());
        }
    }

    static void connect(const qry_connect_request* request, qry_session** out, qry_call* raw) {
        run(
            raw,
            "connect",
            [&] { return Driver::connect(connect_request(*request), call(raw)); },
            [out](auto& made) {
                *out = reinterpret_cast<qry_session*>(new holder{std::move(*made)});
            }
        );
    }
    static void test(const qry_connect_request* request, qry_call* raw) {
        run(
            raw,
            "test",
            [&] { return Driver::test(connect_request(*request), call(raw)); },
            [](auto&) {}
        );
    }
    static void execute(
        qry_session* s, const qry_execute_request* request, qry_result_head* head, qry_call* raw
    ) {
        of(s)->head = head;
        run(
            raw,
            "execute",
            [&] { return of(s)->session->execute(execute_request(*request), call(raw)); },
            [head](auto& made) { hand_over(*made, head); }
        );
    }
    static void introspect(
        qry_session* s, const qry_introspect_request* request, ArrowSchema* schema, qry_call* raw
    ) {
        of(s)->head = nullptr;
        run(
            raw,
            "introspect",
            [&] { return of(s)->session->introspect(*request, call(raw)); },
            [schema](auto& made) { made->move_to(schema); }
        );
    }
    static void digest(qry_session* s, char* out, qry_call* raw) {
        run(
            raw,
            "schema_digest",
            [&] { return of(s)->session->schema_digest(call(raw)); },
            [out](auto& made) { hand_over(*made, out); }
        );
    }
    static std::int32_t how_far(qry_session* s, qry_progress* out) {
        const auto known = of(s)->session->how_far();
        if (!known) return -1;
        *out = *known;
        return 0;
    }
    static void hand_batch(holder* h, unique_array& batch, ArrowArray* out) noexcept {
        if (!batch && h->head != nullptr) {
            h->head->rows_affected = h->session->rows_affected();
            h->head = nullptr;
        }
        batch.move_to(out);
    }
    static void next(qry_session* s, ArrowArray* out, qry_call* raw) {
        holder* h = of(s);
        std::optional<result<unique_array>> now;
        try {
            now = h->session->next_now(call(raw));
        } catch (...) {
            now.emplace(current_exception_as_error("next"));
        }
        if (now) {
            if (*now) hand_batch(h, **now, out);
            complete(raw, *now);
            return;
        }
        run(
            raw,
            "next",
            [&] { return h->session->next(call(raw)); },
            [h, out](auto& batch) { hand_batch(h, *batch, out); }
        );
    }
    static void cancel(qry_session* s) { of(s)->session->cancel(); }
    static void reset(qry_session* s, qry_call* raw) {
        of(s)->head = nullptr;
        run(
            raw, "reset", [&] { return of(s)->session->reset(call(raw)); }, [](auto&) {}
        );
    }
    static std::int32_t alive(qry_session* s) { return of(s)->session->alive() ? 1 : 0; }
    static void close(qry_session* s, qry_call* raw) {
        run(
            raw,
            "close",
            [&] { return of(s)->session->close(call(raw)); },
            [h = of(s)] { delete h; }
        );
    }
};

}  // namespace qry
