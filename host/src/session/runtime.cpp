#include "session/runtime.hpp"

#include <utility>

#include "base/clock.hpp"
#include "base/deadline.hpp"
#include "session/execution.hpp"
#include "session/introspection.hpp"
#include "session/session_pool.hpp"
#include "session/test_run.hpp"

namespace qry::session {

namespace {

error bad_row_limit(std::int64_t limit) {
    return {
        .kind = status::invalid_parameter,
        .message = "the row limit is " + std::to_string(limit) + "; it must not be negative",
        .hint = "leave it out to get all rows",
        .from = origin::host,
        .parameter = "limit"};
}

// The pool lives on in its work and its closes; this is the owner's end of it.
class pooled_runtime final : public runtime {
public:
    explicit pooled_runtime(std::shared_ptr<session_pool> pool) : pool_(std::move(pool)) {}
    ~pooled_runtime() override {
        pool_->close(ending::cancel, [](result<void>) {});
    }

    operation_ptr execute(query what, completion<result_ptr> done) override {
        const std::int64_t now = base::now_ns();
        auto limit =
            what.timeout ? base::deadline::make(now, *what.timeout, "query") : own_limit(now);
        pool_->figures().began();
        if (!limit) return refuse_query(std::move(limit).error(), done);
        if (what.limit && *what.limit < 0) return refuse_query(bad_row_limit(*what.limit), done);
        auto made =
            std::make_shared<execution>(pool_, std::move(*limit), std::move(what), std::move(done));
        pool_->enter(made);
        return made;
    }
    operation_ptr test(
        callback<void(const test_step_report&)> on_step, completion<test_report> done
    ) override {
        auto limit = own_limit(base::now_ns());
        if (!limit) return refuse(std::move(limit).error(), done);
        auto made = std::make_shared<test_run>(
            pool_, std::move(*limit), std::move(on_step), std::move(done)
        );
        made->begin();
        return made;
    }
    operation_ptr introspect(duration limit, introspection_sink sink, completion<void> done)
        override {
        auto until = base::deadline::make(base::now_ns(), limit, "introspection");
        if (!until) return refuse(std::move(until).error(), done);
        auto made = std::make_shared<introspection>(
            pool_, std::move(*until), std::move(sink), std::move(done)
        );
        pool_->enter(made);
        return made;
    }
    pool_stats stats() const override { return pool_->stats(); }
    void close(ending how, completion<void> done) override { pool_->close(how, std::move(done)); }

private:
    // There is nothing under way.
    class nothing final : public operation {
        void cancel() noexcept override {}
    };

    template <class T>
    operation_ptr refuse(error why, completion<T>& done) const {
        done(pool_->named(std::move(why)));
        return std::make_shared<nothing>();
    }
    operation_ptr refuse_query(error why, completion<result_ptr>& done) const {
        pool_->figures().refused(why.kind);
        return refuse(std::move(why), done);
    }
    result<base::deadline> own_limit(std::int64_t now) const {
        const target& about = pool_->about();
        return base::deadline::make(now, about.timeout, about.timeout_source);
    }

    const std::shared_ptr<session_pool> pool_;
};

}  // namespace

std::shared_ptr<runtime> make_runtime(
    base::loop_group& loops,
    std::shared_ptr<backend::driver> driver,
    target_ptr what,
    std::shared_ptr<counters> into
) {
    if (!into) into = std::make_shared<counters>();
    return std::make_shared<pooled_runtime>(
        std::make_shared<session_pool>(loops, std::move(driver), std::move(what), std::move(into))
    );
}

}  // namespace qry::session
