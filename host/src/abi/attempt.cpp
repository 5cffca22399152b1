#include "abi/attempt.hpp"

#include <algorithm>
#include <utility>

#include "abi/guard.hpp"
#include "abi/session_core.hpp"
#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/flight_recorder.hpp"
#include "base/grace.hpp"
#include "base/post.hpp"

namespace qry::abi {

namespace asio = boost::asio;

namespace {

// What the plugin says of its own end is the lesser part of the story.
error too_late(error from_plugin) {
    return {
        .kind = status::query_timeout,
        .message = "the database did not let us in within the time limit",
        .hint = "check host, port and firewall, or raise the timeout",
        .from = origin::host,
        .detail = std::move(from_plugin.message),
        .retryable = true};
}

}  // namespace

attempt::attempt(
    std::shared_ptr<driver_state> driver,
    backend::verb_context context,
    backend::connect_arguments what
)
    : driver_(std::move(driver)),
      loop_(driver_->pick_loop(what.loop)),
      context_(loop_.context()),
      limits_(std::move(context)),
      what_(std::move(what)),
      slot_(driver_->slots.take()) {
    for (const auto& [name, value] : *what_.params) {
        params_.push_back({name.c_str(), value.c_str()});
    }
    request_ = {
        .struct_size = sizeof(qry_connect_request),
        .params = params_.data(),
        .param_count = params_.size(),
        .loop = driver_->blocking() ? nullptr : &loop_,
        .arena = driver_->arena.get()};
}

attempt::~attempt() {
    driver_->slots.put(slot_);
}

void attempt::connect(completion<session_ptr> done) {
    on_session_ = std::move(done);
    begin();
}

void attempt::test(backend::reports sink, completion<void> done) {
    testing_ = true;
    reports_ = std::move(sink);
    on_tested_ = std::move(done);
    begin();
}

void attempt::begin() {
    base::post(context_, [self = shared_from_this()] {
        if (!self->over_) self->launch();
    });
}

void attempt::launch() {
    asio::use_service<base::timers>(context_).set(*this, limits_.deadline_ns);
    if (driver_->blocking()) {
        try {
            thread_ = session_thread::spawn(plugin());
        } catch (const std::exception& e) {
            return answer(error{
                .kind = status::resource_limit,
                .message = std::string("no thread for a session: ") + e.what(),
                .hint = "lower pool_max_size, or raise the limit of processes",
                .from = origin::host,
                .retryable = true});
        }
    }
    slot_->open(limits_, shared_from_this());
    if (thread_ != nullptr) {
        thread_->post([self = shared_from_this()] { self->run(); });
        return;
    }
    inside_ = true;
    run();
    inside_ = false;
    if (ended_inside_) settle();
}

// On the session's thread.
void attempt::run() {
    const base::flight_scope flight(limits_.tag);
    const qry_driver& table = driver_->tables.driver;
    const bool returned = call_plugin(plugin(), "connect or test", [&] {
        if (!testing_) {
            table.connect(&request_, &handle_, slot_->raw());
        } else {
            table.test(&request_, slot_->raw());
        }
    });
    if (!returned) {
        slot_->fail(base::contract_error(plugin(), "an exception escaped from connect or test"));
    } else if (driver_->blocking() && slot_->open()) {
        slot_->fail(base::contract_error(plugin(), "connect or test returned without completing"));
    }
}

void attempt::cancel() noexcept {
    base::post(context_, [self = shared_from_this()] {
        if (self->over_ || self->stop_ != stop::none) return;
        // Closed: it has ended, and its end is under way to the loop.
        if (self->slot_->open()) self->press(stop::cancelled);
    });
}

void attempt::expired() noexcept {
    if (over_) return;
    if (stop_ != stop::none && base::now_ns() >= give_up_at_ns_) return give_up();
    press(stop_ == stop::none ? stop::deadline : stop_);
}

// Asks the plugin to end, and sets the time to ask again.
void attempt::press(stop why) noexcept {
    const std::int64_t now = base::now_ns();
    if (stop_ == stop::none) {
        stop_ = why;
        give_up_at_ns_ = now + base::cancel_grace_ns;
        next_press_ns_ = base::first_recancel_ns;
    }
    if (slot_->open()) {
        const base::flight_scope flight(limits_.tag);
        call_plugin(plugin(), "cancel", [this] { driver_->tables.driver.cancel(slot_->raw()); });
    }
    if (over_) return;
    const std::int64_t again = now + next_press_ns_;
    next_press_ns_ *= 2;
    asio::use_service<base::timers>(context_).set(*this, std::min(again, give_up_at_ns_));
}

void attempt::give_up() {
    log_violation(plugin(), "a connect or test did not end when cancelled; it is given up");
    {
        const std::lock_guard lock(gate_);
        abandoned_ = true;
    }
    given_up_ = true;
    answer(base::contract_error(plugin(), "connect or test did not end when cancelled"));
}

void attempt::completed(error* failure) noexcept {
    const bool here = !driver_->blocking() && context_.get_executor().running_in_this_thread();
    {
        const std::lock_guard lock(gate_);
        if (!abandoned_) {
            if (failure != nullptr) failure_.emplace(std::move(*failure));
            if (here && inside_) {
                ended_inside_ = true;
            } else {
                base::post(context_, [self = shared_from_this()] { self->settle(); });
            }
            return;
        }
    }
    // Too late: what was made is freed, on the thread that made it, once the plugin has returned.
    if (handle_ == nullptr) {
        if (thread_ != nullptr) thread_->stop();
    } else if (thread_ != nullptr) {
        thread_->post([self = shared_from_this()] { self->free_late(); });
    } else {
        base::post(context_, [self = shared_from_this()] { self->free_late(); });
    }
}

void attempt::free_late() noexcept {
    qry_session* handle = std::exchange(handle_, nullptr);
    slot_->open({base::now_ns() + base::cancel_grace_ns, "close"}, shared_from_this());
    const auto self = shared_from_this();
    const base::flight_scope flight(limits_.tag);
    if (!call_plugin(plugin(), "close", [&] {
            driver_->tables.verbs.close(handle, slot_->raw());
        })) {
        slot_->fail(base::contract_error(plugin(), "an exception escaped from close"));
    }
}

void attempt::settle() noexcept {
    if (over_) {
        // Given up between the plugin's completion and now.
        if (handle_ != nullptr) {
            (void)take_session();
        } else if (thread_ != nullptr) {
            thread_->stop();
        }
        return;
    }
    answer(std::exchange(failure_, std::nullopt));
}

session_ptr attempt::take_session() {
    return make_session(
        {.driver = driver_,
         .context = &context_,
         .handle = std::exchange(handle_, nullptr),
         .secrets = what_.secrets,
         .thread = thread_}
    );
}

void attempt::answer(std::optional<error> failure) noexcept {
    asio::use_service<base::timers>(context_).take_back(*this);
    over_ = true;
    reports_ = {};
    if (!failure && !testing_ && handle_ == nullptr) {
        failure = base::contract_error(plugin(), "connect succeeded without a session");
    }
    if (failure && stop_ == stop::cancelled) *failure = base::cancelled_error();
    if (failure && stop_ == stop::deadline) *failure = too_late(std::move(*failure));
    // One that was given up ends its thread itself, if ever.
    if (thread_ != nullptr && !given_up_ && (failure || testing_)) thread_->stop();
    if (on_tested_) {
        auto done = std::exchange(on_tested_, nullptr);
        return failure ? done(std::move(*failure)) : done(result<void>());
    }
    auto done = std::exchange(on_session_, nullptr);
    failure ? done(std::move(*failure)) : done(take_session());
}

template <class Report>
void attempt::hand_on(Report report) {
    if (!driver_->blocking()) {
        if (!over_) report(reports_);
        return;
    }
    const std::lock_guard lock(gate_);
    if (abandoned_) return;
    base::post(context_, [self = shared_from_this(), report = std::move(report)]() mutable {
        if (!self->over_) report(self->reports_);
    });
}

void attempt::noticed(query_notice notice) {
    hand_on([n = std::move(notice)](backend::reports& to) mutable {
        if (to.on_notice) to.on_notice(std::move(n));
    });
}

void attempt::stepped(test_step_report step) {
    hand_on([s = std::move(step)](backend::reports& to) mutable {
        if (to.on_step) to.on_step(std::move(s));
    });
}

void attempt::informed(std::string key, std::string value) {
    hand_on([k = std::move(key), v = std::move(value)](backend::reports& to) mutable {
        if (to.on_info) to.on_info(std::move(k), std::move(v));
    });
}

}  // namespace qry::abi
