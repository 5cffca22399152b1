#include "session/test_run.hpp"

#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/post.hpp"
#include "session/session_pool.hpp"

namespace qry::session {

namespace asio = boost::asio;

test_run::test_run(
    std::shared_ptr<session_pool> pool,
    base::deadline limit,
    callback<void(const test_step_report&)> on_step,
    completion<test_report> done
)
    : pool_(std::move(pool)),
      limit_(std::move(limit)),
      on_step_(std::move(on_step)),
      done_(std::move(done)) {}

void test_run::begin() {
    if (!pool_->join(shared_from_this())) {
        const error closed = base::closed_error("datasource '" + pool_->about().datasource + "'");
        return end(&closed);
    }
    base::post(pool_->home(), [self = shared_from_this()] {
        self->keep_ = self;
        base::timers::of(self->pool_->home().get_executor()).set(*self, self->limit_.at_ns());
    });
    backend::reports sink;
    sink.on_step = [self = shared_from_this()](test_step_report step) {
        self->add(std::move(step));
    };
    sink.on_info = [self = shared_from_this()](std::string key, std::string value) {
        if (std::string_view(key) != "server_version") return;
        const std::lock_guard guard(self->mutex_);
        self->report_.server_version = std::move(value);
    };
    auto under_way = pool_->driver().test(
        {limit_.at_ns(), pool_->next_id()},
        pool_->arguments(),
        std::move(sink),
        [self = shared_from_this()](result<void> outcome) { self->plugin_done(std::move(outcome)); }
    );
    const std::lock_guard guard(mutex_);
    if (done_) under_way_ = std::move(under_way);
}

void test_run::add(test_step_report step) {
    callback<void(const test_step_report&)> tell;
    {
        const std::lock_guard guard(mutex_);
        if (!done_) return;
        report_.steps.push_back(step);
        tell = std::exchange(on_step_, nullptr);
    }
    if (!tell) return;
    tell(step);
    // Steps come one after another, so nobody missed it meanwhile.
    const std::lock_guard guard(mutex_);
    on_step_ = std::move(tell);
}

void test_run::plugin_done(result<void> outcome) {
    end(outcome ? nullptr : &outcome.error());
    base::post(pool_->home(), [self = shared_from_this()] {
        base::timers::of(self->pool_->home().get_executor()).take_back(*self);
        self->keep_.reset();
        self->pool_->part(*self);
    });
}

void test_run::end(const error* failure) {
    completion<test_report> done;
    test_report report;
    {
        const std::lock_guard guard(mutex_);
        if (!done_) return;
        done = std::exchange(done_, nullptr);
        report = std::move(report_);
        under_way_.reset();
    }
    report.ok = failure == nullptr;
    if (failure != nullptr) {
        if (failure->kind == status::query_cancelled) return done(pool_->named(*failure));
        report.failure = pool_->named(*failure);
    }
    done(std::move(report));
}

void test_run::expired() noexcept {
    const auto self = std::exchange(keep_, nullptr);
    error late = base::query_timeout_error(limit_, base::now_ns(), "testing");
    late.message = "the test did not end within its time limit of " +
                   base::format_duration(limit_.limit()) + " (" + limit_.source() + ")";
    end(&late);
}

void test_run::cancel() noexcept {
    operation_ptr under_way;
    {
        const std::lock_guard guard(mutex_);
        under_way = under_way_;
    }
    if (under_way != nullptr) under_way->cancel();
    const error cancelled = base::cancelled_error();
    end(&cancelled);
}

}  // namespace qry::session
