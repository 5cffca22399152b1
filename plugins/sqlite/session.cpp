#include "session.hpp"

#include <type_traits>
#include <utility>

#include "error.hpp"
#include "execute.hpp"
#include "introspect.hpp"

namespace qry::sqlite {

namespace {

// Ends the verb also when its body throws.
class verb {
public:
    verb(interrupter& stop, std::int64_t deadline_ns) noexcept : stop_(stop) {
        stop_.begin(deadline_ns);
    }
    verb(const verb&) = delete;
    verb& operator=(const verb&) = delete;
    ~verb() {
        if (!ended_) (void)stop_.end();
    }
    // True when it was asked to end.
    [[nodiscard]] bool end() noexcept {
        ended_ = true;
        return stop_.end();
    }

private:
    interrupter& stop_;
    bool ended_ = false;
};

}  // namespace

template <class Body>
auto session::run(const call& call, Body&& body) {
    // Whatever throws leaves no result open.
    struct on_failure {
        std::unique_ptr<row_source>& rows;
        bool keep = false;
        ~on_failure() {
            if (!keep) rows.reset();
        }
    } guard{rows_};
    verb running(db_->stop(), call.deadline_ns());
    auto outcome = body();
    const bool asked = running.end();
    const bool unfinished = outcome ? rows_ != nullptr : gave_up_waiting(outcome.error());
    if (asked && unfinished) return decltype(outcome)(cancelled());
    guard.keep = outcome.has_value();
    return outcome;
}

result<void> session::check_idle() const {
    if (!rows_) return {};
    return error{
        .kind = status::plugin_error,
        .message = "operation in progress: a result is still open",
        .hint = "read it to its end, or reset the session"};
}

result<result_head> session::execute(const execute_request& request, const call& call) {
    if (auto idle = check_idle(); !idle) return std::move(idle).error();
    return run(call, [&]() -> result<result_head> {
        affected_ = -1;
        auto made = execute_statement(*db_, request, arena_);
        if (!made) return std::move(made).error();
        rows_ = std::move(made->rows);
        affected_ = made->head.rows_affected;
        return std::move(made->head);
    });
}

result<unique_schema> session::introspect(const qry_introspect_request& request, const call& call) {
    if (auto idle = check_idle(); !idle) return std::move(idle).error();
    return run(call, [&]() -> result<unique_schema> {
        affected_ = -1;
        if (request.first != 0) {
            if (auto ok = begin_catalog(); !ok) return std::move(ok).error();
        }
        auto part = read_catalog(*db_, request, arrow::memory{host_services(), arena_});
        if (!part) return std::move(part).error();
        rows_ = std::move(part->rows);
        last_part_ = request.last != 0;
        return std::move(part->schema);
    });
}

result<std::string> session::schema_digest(const call& call) {
    if (auto idle = check_idle(); !idle) return std::move(idle).error();
    return run(call, [&]() -> result<std::string> {
        if (auto ok = begin_catalog(); !ok) return std::move(ok).error();
        return catalog_digest(*db_);
    });
}

result<unique_array> session::next(const call& call) {
    return run(call, [&]() -> result<unique_array> {
        if (!rows_) return unique_array{};
        auto batch = rows_->next_batch();
        if (!batch || *batch) return batch;
        affected_ = rows_->rows_affected();
        rows_.reset();
        if (in_catalog_ && last_part_) {
            if (auto ok = end_catalog(); !ok) return std::move(ok).error();
        }
        return batch;
    });
}

result<void> session::reset(const call& call) {
    return run(call, [&]() -> result<void> {
        rows_.reset();
        affected_ = -1;
        in_catalog_ = false;
        return db_->restore();
    });
}

result<void> session::begin_catalog() {
    // Within a transaction of the user's there is a snapshot already.
    if (sqlite3_get_autocommit(db_->raw()) == 0) return {};
    if (auto ok = db_->run("BEGIN"); !ok) return ok;
    in_catalog_ = true;
    return {};
}

result<void> session::end_catalog() {
    in_catalog_ = false;
    return db_->run("COMMIT");
}

}  // namespace qry::sqlite
