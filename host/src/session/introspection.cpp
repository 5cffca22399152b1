#include "session/introspection.hpp"

#include <utility>

#include "session/session_pool.hpp"

namespace qry::session {

introspection::introspection(
    std::shared_ptr<session_pool> pool,
    base::deadline limit,
    introspection_sink sink,
    completion<void> done
)
    : work(std::move(pool), std::move(limit)), sink_(std::move(sink)), done_(std::move(done)) {
    if (sink_.on_digest) part_ = backend::digest_part;
}

bool introspection::is_first() const noexcept {
    return part_ == backend::digest_part || (part_ == QRY_INTROSPECT_TABLES && !digested_);
}

void introspection::run_verb() {
    auto self = std::static_pointer_cast<introspection>(shared_from_this());
    if (in_part_) {
        session().next(context(), [self = std::move(self)](result<backend::batch> batch) {
            self->on_batch(std::move(batch));
        });
        return;
    }
    session().introspect(
        context(),
        part_,
        is_first(),
        part_ == QRY_INTROSPECT_KEYS,
        [self = std::move(self)](result<backend::head> head) { self->on_head(std::move(head)); }
    );
}

void introspection::on_head(result<backend::head> head) {
    if (!head) {
        const error& why = head.error();
        const bool unsent = why.kind == status::connection_failed && why.retryable;
        const bool running = fsm().now() == request_fsm::phase::busy;
        if (running && is_first() && unsent && session_was_idle()) return replace_session();
        // A database without keys is still worth reading, and one without a digest is read.
        const bool optional = part_ == QRY_INTROSPECT_KEYS || part_ == backend::digest_part;
        if (!optional || why.kind != status::unsupported) {
            return verb_failed(std::move(head).error());
        }
        if (verb_done()) end_part();
        return pump();
    }
    if (!verb_done()) return;
    in_part_ = true;
    if (part_ == backend::digest_part) {
        digested_ = true;
        known_ = !sink_.on_digest(head->digest);
    } else {
        // It takes long, and nobody's event loop should stand still for it.
        if (part_ == QRY_INTROSPECT_TABLES) hold_ = hold_loop();
        sink_.on_schema(part_, std::move(head->schema));
    }
    pump();
}

void introspection::on_batch(result<backend::batch> batch) {
    if (!batch) return verb_failed(std::move(batch).error());
    if (!verb_done()) return;
    if (batch->rows) {
        sink_.on_batch(part_, std::move(batch->rows));
    } else {
        end_part();
    }
    pump();
}

void introspection::end_part() {
    in_part_ = false;
    if (part_ == QRY_INTROSPECT_KEYS || known_) return finish();
    ++part_;
}

// As execution::pump: a plugin may complete within the call.
void introspection::pump() {
    if (pumping_) return;
    pumping_ = true;
    while (fsm().now() == request_fsm::phase::quiet)
        go_on();
    pumping_ = false;
    flush();
}

void introspection::decided(const error* failure) {
    hold_ = {};
    ended_ = true;
    if (failure != nullptr) failure_ = std::make_unique<error>(*failure);
}

void introspection::flush() {
    if (!ended_ || !done_) return;
    auto done = std::exchange(done_, nullptr);
    sink_ = {};
    failure_ != nullptr ? done(*failure_) : done(result<void>());
}

}  // namespace qry::session
