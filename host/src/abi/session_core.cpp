#include "abi/session_core.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "abi/guard.hpp"
#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/flight_recorder.hpp"
#include "base/grace.hpp"
#include "base/post.hpp"
#include "base/trace.hpp"

namespace qry::abi {

namespace asio = boost::asio;

session_core::session_core(session_parts parts)
    : driver_(std::move(parts.driver)),
      context_(*parts.context),
      secrets_(std::move(parts.secrets)),
      thread_(std::move(parts.thread)),
      handle_(parts.handle) {
    for (call_slot*& slot : slots_)
        slot = driver_->slots.take();
}

session_core::~session_core() {
    for (call_slot* slot : slots_)
        driver_->slots.put(slot);
    drop_outputs();
}

asio::any_io_executor session_core::executor() const {
    return context_.get_executor();
}

std::optional<error> session_core::refuse(const char* what) const {
    if (closed_) return base::closed_error("the session");
    if (verb_ == verb::none) return std::nullopt;
    return error{
        .kind = status::conflict,
        .message = std::string(what) + " was called while another verb of the session runs",
        .hint = "wait for the completion of the one before",
        .from = origin::host};
}

// Calls the plugin, on the session's thread; afterwards a blocking verb has ended, one way or
// another.
template <class Invoke>
void session_core::call_verb(call_slot& slot, Invoke&& invoke) noexcept {
    const base::flight_scope flight(tag_);
    if (!call_plugin(plugin(), "a verb", invoke)) {
        slot.fail(base::contract_error(plugin(), "an exception escaped from a verb"));
    } else if (thread_ != nullptr && slot.open()) {
        slot.fail(base::contract_error(plugin(), "a verb returned without completing"));
    }
}

// invoke(*this, handle, call) runs on the session's thread.
template <class Invoke>
void session_core::launch(verb which, const backend::verb_context& context, Invoke invoke) {
    // The completion may drop the handle, and with it the last owner but this.
    const auto self = shared_from_this();
    verb_ = which;
    tag_ = context.tag;
    started_ns_ = context.started_ns;
    if (started_ns_ != 0) {
        query_id_ = context.query_id;
        trace(which, "is called");
    }
    failure_.reset();
    call_slot& slot = next_slot();
    qry_call* raw = slot.open(context, self);
    if (thread_ != nullptr) {
        verb_on_thread_ = which;
        if (which == verb::execute) context_of_result_ = context;
        thread_->post([self, &slot, raw, invoke] {
            self->call_verb(slot, [&] { invoke(*self, self->handle_, raw); });
            if (self->verb_on_thread_ == verb::execute) self->read_ahead();
            self->end_on_thread();
        });
        return;
    }
    inside_ = true;
    ended_inside_ = false;
    call_verb(slot, [&] { invoke(*this, handle_, raw); });
    inside_ = false;
    if (ended_inside_) settle();
}

void session_core::execute(
    const backend::verb_context& context,
    backend::execute_arguments what,
    completion<backend::head> done
) {
    if (auto no = refuse("execute")) return done(std::move(*no));
    what_ = std::move(what);
    options_.clear();
    for (const auto& [name, value] : what_.options) {
        options_.push_back({name.c_str(), value.c_str()});
    }
    const bool has_args = static_cast<bool>(what_.args);
    execute_request_ = {
        .struct_size = sizeof(qry_execute_request),
        .sql = what_.sql.data(),
        .sql_length = what_.sql.size(),
        .args_schema = has_args ? what_.args_schema.get() : nullptr,
        .args = has_args ? what_.args.get() : nullptr,
        .options = options_.data(),
        .option_count = options_.size(),
        .batch_rows = QRY_BATCH_MAX_ROWS,
        .batch_bytes = QRY_BATCH_MAX_BYTES};
    drop_outputs();
    head_ = {.struct_size = sizeof(qry_result_head), .schema = {}, .rows_affected = -1};
    on_head_ = std::move(done);
    launch(verb::execute, context, [](session_core& self, qry_session* handle, qry_call* call) {
        const qry_session_verbs& verbs = self.driver_->tables.verbs;
        // A blocking session has no other moment to look on its own thread.
        if (self.thread_ != nullptr && verbs.alive(handle) == 0) {
            qry_error dead{};
            dead.struct_size = sizeof(dead);
            dead.status = QRY_CONNECTION_FAILED;
            dead.origin = QRY_ORIGIN_HOST;
            dead.retryable = 1;
            dead.message = "the connection was lost while it was idle";
            call->complete(call, &dead);
            return;
        }
        verbs.execute(handle, &self.execute_request_, &self.head_, call);
    });
}

void session_core::introspect(
    const backend::verb_context& context,
    std::int32_t part,
    bool first,
    bool last,
    completion<backend::head> done
) {
    if (auto no = refuse("introspect")) return done(std::move(*no));
    if (part == backend::digest_part) return digest(context, std::move(done));
    introspect_request_ = {
        .struct_size = sizeof(qry_introspect_request),
        .part = part,
        .first = first ? 1 : 0,
        .last = last ? 1 : 0,
        .catalog = nullptr,
        .schema = nullptr,
        .batch_rows = QRY_BATCH_MAX_ROWS,
        .batch_bytes = QRY_BATCH_MAX_BYTES};
    drop_outputs();
    head_ = {.struct_size = sizeof(qry_result_head), .schema = {}, .rows_affected = -1};
    on_head_ = std::move(done);
    launch(verb::introspect, context, [](session_core& self, qry_session* handle, qry_call* call) {
        self.driver_->tables.verbs.introspect(
            handle, &self.introspect_request_, &self.head_.schema, call
        );
    });
}

void session_core::digest(const backend::verb_context& context, completion<backend::head> done) {
    if (driver_->tables.digest.digest == nullptr) {
        return done(error{
            .kind = status::unsupported,
            .message = "plugin '" + plugin() + "' has no " QRY_EXT_SCHEMA_DIGEST,
            .from = origin::host});
    }
    drop_outputs();
    digesting_ = true;
    on_head_ = std::move(done);
    launch(verb::introspect, context, [](session_core& self, qry_session* handle, qry_call* call) {
        self.driver_->tables.digest.digest(handle, self.digest_.data(), call);
    });
}

void session_core::next(const backend::verb_context& context, completion<backend::batch> done) {
    if (auto no = refuse("next")) return done(std::move(*no));
    if (std::exchange(digesting_, false)) return done(backend::batch{});
    if (!ahead_.empty()) {
        auto batch = std::move(ahead_.front());
        ahead_.erase(ahead_.begin());
        return done(std::move(batch));
    }
    on_batch_ = std::move(done);
    batch_ = {};
    launch(verb::next, context, [](session_core& self, qry_session* handle, qry_call* call) {
        self.driver_->tables.verbs.next(handle, &self.batch_, call);
    });
}

void session_core::reset(const backend::verb_context& context, completion<void> done) {
    if (auto no = refuse("reset")) return done(std::move(*no));
    ahead_.clear();
    if (reset_ahead_) {
        auto outcome = std::move(*reset_ahead_);
        reset_ahead_.reset();
        return done(std::move(outcome));
    }
    on_done_ = std::move(done);
    launch(verb::reset, context, [](session_core& self, qry_session* handle, qry_call* call) {
        self.driver_->tables.verbs.reset(handle, call);
    });
}

void session_core::cancel() noexcept {
    // In close the handle may go away at any moment.
    if (verb_ == verb::none || verb_ == verb::close || closed_) return;
    if (started_ns_ != 0) trace(verb_, "is cancelled");
    const base::flight_scope flight(tag_);
    call_plugin(plugin(), "cancel", [this] { driver_->tables.verbs.cancel(handle_); });
}

bool session_core::alive() noexcept {
    if (closed_) return false;
    // Looked at by execute, on the session's own thread.
    if (thread_ != nullptr || verb_ != verb::none) return true;
    bool answer = false;
    const base::flight_scope flight(tag_);
    call_plugin(plugin(), "alive", [&] { answer = driver_->tables.verbs.alive(handle_) != 0; });
    return answer;
}

void session_core::close(const backend::verb_context& context, completion<void> done) {
    if (closed_) return done(result<void>());
    closed_ = true;
    reports_ = {};
    if (verb_ != verb::none) {
        abandon("a verb did not end in time");
        return done(result<void>());
    }
    drop_outputs();
    leaving_ = true;
    on_done_ = std::move(done);
    asio::use_service<base::timers>(context_).set(*this, context.deadline_ns);
    launch(verb::close, context, [](session_core& self, qry_session* handle, qry_call* call) {
        self.driver_->tables.verbs.close(handle, call);
    });
}

void session_core::expired() noexcept {
    if (verb_ == verb::close) abandon("close did not end in time");
}

void session_core::abandon(const char* why) {
    log_violation(plugin(), std::string(why) + "; its session is given up");
    {
        const std::lock_guard lock(gate_);
        abandoned_ = true;
    }
    const verb given_up = std::exchange(verb_, verb::none);
    if (given_up == verb::close) return std::exchange(on_done_, nullptr)(result<void>());
    answer(given_up, base::contract_error(plugin(), why));
}

void session_core::completed(error* failure) noexcept {
    if (thread_ != nullptr) {
        // end_on_thread() goes on from here, once the plugin has returned.
        if (failure != nullptr) failure_.emplace(std::move(*failure));
        return;
    }
    const bool here = context_.get_executor().running_in_this_thread();
    if (failure != nullptr) failure_.emplace(std::move(*failure));
    if (here && inside_) {
        ended_inside_ = true;
    } else {
        // Posted also on the loop's own thread: the plugin is still on the stack, and must not be
        // called again before it returns.
        base::post(context_, [self = shared_from_this()] { self->settle(); });
    }
}

// On the session's thread, after an execute: each verb asked for from the loop costs two thread
// switches, and a small result needs three more of them. So they are made here, and their outcomes
// wait until they are asked for.
void session_core::read_ahead() noexcept {
    // A batch of fewer rows is most likely the only one.
    constexpr std::int64_t few_rows = 1024;
    if (failure_) return;
    columns_ = head_.schema.n_children;
    bool ended = head_.schema.release == nullptr;
    bool more = !ended;
    while (more && ahead_.size() < 2 && !given_up()) {
        call_next_ahead();
        const auto& last = ahead_.back();
        ended = last && !last->rows;
        more = last && last->rows && last->rows->length < few_rows;
    }
    if (!ended || given_up()) return;
    call_slot& slot = next_slot();
    qry_call* raw = slot.open(context_of_result_, shared_from_this());
    call_verb(slot, [&] { driver_->tables.verbs.reset(handle_, raw); });
    reset_ahead_ = failure_ ? result<void>(std::move(*failure_)) : result<void>();
    failure_.reset();
}

void session_core::call_next_ahead() noexcept {
    call_slot& slot = next_slot();
    qry_call* raw = slot.open(context_of_result_, shared_from_this());
    batch_ = {};
    if (started_ns_ != 0) trace(verb::next, "is called");
    call_verb(slot, [&] { driver_->tables.verbs.next(handle_, &batch_, raw); });
    if (started_ns_ != 0) trace(verb::next, failure_ ? "has failed" : "has ended");
    if (failure_) {
        ahead_.emplace_back(std::move(*failure_));
    } else {
        ahead_.push_back(take_batch());
    }
    failure_.reset();
}

bool session_core::given_up() noexcept {
    const std::lock_guard lock(gate_);
    return abandoned_;
}

void session_core::trace(verb which, std::string_view what) const noexcept {
    // By the numbers of `verb`.
    static constexpr const char* names[] = {
        "", "execute ", "introspect ", "next ", "reset ", "close "};
    try {
        const std::string line = names[static_cast<std::size_t>(which)] + std::string(what);
        base::trace("plugin " + plugin(), query_id_, started_ns_, line);
    } catch (...) {
        // A line is lost.
    }
}

// On the session's thread, when a verb is over.
void session_core::end_on_thread() noexcept {
    {
        const std::lock_guard lock(gate_);
        if (!abandoned_) {
            base::post(context_, [self = shared_from_this()] { self->settle(); });
            return;
        }
    }
    end_late();
}

void session_core::settle() noexcept {
    const verb ended = std::exchange(verb_, verb::none);
    // Given up between the plugin's completion and now.
    if (ended == verb::none) return end_late();
    if (ended == verb::close) {
        asio::use_service<base::timers>(context_).take_back(*this);
        if (thread_ != nullptr) thread_->stop();
        return std::exchange(on_done_, nullptr)(result<void>());
    }
    answer(ended, std::exchange(failure_, std::nullopt));
}

void session_core::answer(verb which, std::optional<error> failure) {
    if (started_ns_ != 0) trace(which, failure ? "has failed" : "has ended");
    switch (which) {
        case verb::execute:
        case verb::introspect: {
            auto done = std::exchange(on_head_, nullptr);
            return failure ? done(std::move(*failure)) : done(take_head());
        }
        case verb::next: {
            auto done = std::exchange(on_batch_, nullptr);
            return failure ? done(std::move(*failure)) : done(take_batch());
        }
        case verb::reset: {
            auto done = std::exchange(on_done_, nullptr);
            return failure ? done(std::move(*failure)) : done(result<void>());
        }
        case verb::close:
        case verb::none:
            return;
    }
}

result<backend::head> session_core::take_head() {
    columns_ = head_.schema.n_children;
    backend::head made;
    if (head_.schema.release != nullptr) made.schema = unique_schema(&head_.schema);
    made.rows_affected = head_.rows_affected;
    if (!digesting_) return made;
    const std::string_view said(digest_.data(), strnlen(digest_.data(), digest_.size()));
    const bool printable =
        std::all_of(said.begin(), said.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (said.empty() || said.size() == digest_.size() || !printable) {
        return base::contract_error(plugin(), "a digest of the schema that is no text");
    }
    // Another version may describe the same catalog in other words.
    made.digest = driver_->tables.version + " " + std::string(said);
    return made;
}

result<backend::batch> session_core::take_batch() {
    backend::batch made;
    if (batch_.release != nullptr) made.rows = unique_array(&batch_);
    made.rows_affected = head_.rows_affected;
    if (!made.rows) return made;
    if (made.rows->length <= 0 || made.rows->length > QRY_BATCH_MAX_ROWS) {
        return base::contract_error(
            plugin(), "a batch of " + std::to_string(made.rows->length) + " rows"
        );
    }
    if (made.rows->n_children != columns_) {
        return base::contract_error(
            plugin(),
            "a batch of " + std::to_string(made.rows->n_children) + " columns in a result of " +
                std::to_string(columns_)
        );
    }
    return made;
}

void session_core::noticed(query_notice notice) {
    const auto hand_on = [](session_core& self, query_notice& n) {
        if (self.reports_.on_notice) self.reports_.on_notice(std::move(n));
    };
    if (thread_ == nullptr) return hand_on(*this, notice);
    const std::lock_guard lock(gate_);
    if (abandoned_) return;
    base::post(context_, [self = shared_from_this(), n = std::move(notice), hand_on]() mutable {
        hand_on(*self, n);
    });
}

// The verb that was given up has ended after all: the plugin's half is freed, on its thread.
void session_core::end_late() noexcept {
    if (leaving_) {
        if (thread_ != nullptr) thread_->stop();
        return;
    }
    leaving_ = true;
    auto finish = [self = shared_from_this()] {
        call_slot& slot = self->next_slot();
        qry_call* raw = slot.open({base::now_ns() + base::cancel_grace_ns, "close"}, self);
        self->call_verb(slot, [&] { self->driver_->tables.verbs.close(self->handle_, raw); });
        if (self->thread_ != nullptr) self->thread_->stop();
    };
    if (thread_ != nullptr) {
        thread_->post(std::move(finish));
    } else {
        base::post(context_, std::move(finish));
    }
}

void session_core::drop_outputs() noexcept {
    ahead_.clear();
    reset_ahead_.reset();
    if (head_.schema.release != nullptr) head_.schema.release(&head_.schema);
    if (batch_.release != nullptr) batch_.release(&batch_);
    head_ = {};
    batch_ = {};
    digest_ = {};
    digesting_ = false;
}

}  // namespace qry::abi
