#include "client/remote_query.hpp"

#include <cstdlib>
#include <iterator>
#include <utility>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "wire/batch.hpp"

namespace qry::client {

using daemon::call_type;

namespace {

// One that is read, and one that is on its way meanwhile.
constexpr std::uint32_t first_credit = 2;
constexpr std::size_t alignment = 64;

// What the caller holds; its end is the end of the query.
class open_result final : public query_result {
public:
    explicit open_result(std::shared_ptr<remote_query> of) : of_(std::move(of)) {}
    ~open_result() override { of_->let_go(); }
    const ArrowSchema* schema() const noexcept override { return of_->schema(); }
    void next(completion<unique_array> done) override { of_->next(std::move(done)); }
    void cancel() noexcept override { of_->cancel(); }
    std::int64_t rows_affected() const noexcept override { return of_->rows_affected(); }
    std::vector<query_notice> notices() const override { return of_->notices(); }
    duration elapsed() const noexcept override { return of_->elapsed(); }
    const std::string& query_id() const noexcept override { return of_->id(); }

private:
    const std::shared_ptr<remote_query> of_;
};

error already_reading() {
    return {
        .kind = status::conflict,
        .message = "the next batch of this result is being read already",
        .hint = "wait for it before asking for another",
        .from = origin::host};
}

error out_of_memory() {
    return {
        .kind = status::resource_limit,
        .message = "no memory for the next batch of the result",
        .from = origin::host};
}

wire::landing own_memory(const std::function<void(std::uint64_t)>& on_release) {
    return {
        .alloc =
            [](std::size_t size) {
                return std::aligned_alloc(
                    alignment, (size + alignment - 1) / alignment * alignment
                );
            },
        .free = [](void* block, std::size_t) { std::free(block); },
        .on_release = on_release};
}

}  // namespace

result<std::shared_ptr<remote_query>> remote_query::make(
    link_ptr over, std::string id, query what, completion<result_ptr> done
) {
    daemon::execute frame{
        .id = std::move(id),
        .credit = first_credit,
        .sql = std::move(what.sql),
        .timeout = what.timeout,
        .limit = what.limit,
        .options = std::move(what.options)};
    if (what.args) {
        auto type = arrow::import_field(*what.args_schema);
        if (!type) {
            done(type.error());
            return std::move(type).error();
        }
        wire::writer schema(frame.args_schema);
        wire::put_schema(schema, *what.args_schema);
        wire::writer rows(frame.args);
        const wire::sharing nothing;
        auto put = wire::put_batch(rows, 0, *type, *what.args, nothing);
        if (!put) {
            done(put.error());
            return std::move(put).error();
        }
    }
    return std::make_shared<remote_query>(std::move(over), std::move(frame), std::move(done));
}

remote_query::remote_query(link_ptr over, daemon::execute what, completion<result_ptr> done)
    : link_(std::move(over)),
      what_(std::move(what)),
      started_ns_(base::now_ns()),
      done_(std::move(done)) {}

std::string_view remote_query::write(wire::writer& to) {
    // Only a wait for the daemon takes long enough to count, and would else show in the errors.
    constexpr duration worth_telling = std::chrono::milliseconds(1);
    const duration spent(base::now_ns() - started_ns_);
    if (spent > worth_telling) what_.spent = spent;
    const std::string_view repaired = daemon::encode(to, what_);
    what_ = {};
    return repaired;
}

result<bool> remote_query::answer(wire::incoming& in, link& from) {
    const auto type = static_cast<call_type>(in.header.type);
    result<void> taken;
    if (type == call_type::opened && !opened_) {
        taken = take_head(in);
        if (!taken) return std::move(taken).error();
        return false;
    }
    if (type == call_type::batch && opened_ && schema_) {
        taken = take_batch(in, from);
    } else if (type == call_type::ended && opened_) {
        taken = take_end(in);
    } else {
        taken = error{
            .kind = status::plugin_error,
            .message = "frame " + std::string(daemon::call_name(type)) + " came out of turn",
            .from = origin::host};
    }
    if (!taken) return std::move(taken).error();
    deliver();
    return type == call_type::ended;
}

result<void> remote_query::take_head(wire::incoming& in) {
    auto said = daemon::decode<daemon::opened>(in.payload);
    if (!said) return std::move(said).error();
    if (!said->schema.empty()) {
        auto schema = wire::get_schema(said->schema);
        if (!schema) return std::move(schema).error();
        auto type = arrow::import_field(**schema);
        if (!type) return std::move(type).error();
        schema_ = std::move(*schema);
        type_ = std::move(*type);
    }
    query_id_ = std::move(said->query_id);
    opened_ = true;
    const std::lock_guard guard(mutex_);
    rows_affected_ = said->rows_affected;
    notices_ = std::move(said->notices);
    return {};
}

result<void> remote_query::take_batch(wire::incoming& in, link& from) {
    auto taken = wire::get_batch(
        in.payload, type_, from.segments(), wire::trust::trusted, own_memory(from.on_release())
    );
    if (!taken) return std::move(taken).error();
    if (!taken->rows) {
        from.cancel(shared_from_this());
        const std::lock_guard guard(mutex_);
        if (!failure_) failure_ = out_of_memory();
        return {};
    }
    const std::lock_guard guard(mutex_);
    ready_.push_back(std::move(taken->rows));
    return {};
}

result<void> remote_query::take_end(wire::incoming& in) {
    auto said = daemon::decode<daemon::ended>(in.payload);
    if (!said) return std::move(said).error();
    const std::lock_guard guard(mutex_);
    rows_affected_ = said->rows_affected;
    notices_.insert(
        notices_.end(),
        std::make_move_iterator(said->notices.begin()),
        std::make_move_iterator(said->notices.end())
    );
    ended_ns_ = base::now_ns();
    ended_ = true;
    return {};
}

void remote_query::fail(error why) {
    {
        const std::lock_guard guard(mutex_);
        if (!failure_) failure_ = std::move(why);
        ended_ns_ = base::now_ns();
        ended_ = true;
        // What was read ahead is part of a result that failed.
        ready_.clear();
    }
    deliver();
}

void remote_query::deliver() {
    std::unique_lock held(mutex_);
    if (ready_.empty() && !ended_ && !failure_) return;
    const auto failure = failure_;
    if (done_) {
        auto done = std::exchange(done_, nullptr);
        held.unlock();
        if (failure) return done(*failure);
        auto self = std::static_pointer_cast<remote_query>(shared_from_this());
        return done(result_ptr(std::make_shared<open_result>(std::move(self))));
    }
    if (!waiting_) return;
    auto waiting = std::exchange(waiting_, nullptr);
    unique_array rows;
    if (!failure && !ready_.empty()) {
        rows = std::move(ready_.front());
        ready_.pop_front();
    }
    const bool more = !failure && rows && !ended_;
    held.unlock();
    if (more) link_->credit(shared_from_this(), 1);
    if (failure) return waiting(*failure);
    waiting(std::move(rows));
}

void remote_query::next(completion<unique_array> done) {
    std::unique_lock held(mutex_);
    if (waiting_) {
        held.unlock();
        return done(already_reading());
    }
    if (failure_) {
        error copy = *failure_;
        held.unlock();
        return done(std::move(copy));
    }
    if (ready_.empty() && !ended_) {
        waiting_ = std::move(done);
        return;
    }
    unique_array rows;
    if (!ready_.empty()) {
        rows = std::move(ready_.front());
        ready_.pop_front();
    }
    const bool more = rows && !ended_;
    held.unlock();
    if (more) link_->credit(shared_from_this(), 1);
    done(std::move(rows));
}

void remote_query::cancel() noexcept {
    link_->cancel(shared_from_this());
}

void remote_query::let_go() noexcept {
    {
        const std::lock_guard guard(mutex_);
        ready_.clear();
        if (ended_) return;
    }
    link_->release(shared_from_this());
}

const ArrowSchema* remote_query::schema() const noexcept {
    return schema_ ? schema_.get() : nullptr;
}

std::int64_t remote_query::rows_affected() const noexcept {
    const std::lock_guard guard(mutex_);
    return rows_affected_;
}

std::vector<query_notice> remote_query::notices() const {
    const std::lock_guard guard(mutex_);
    return notices_;
}

duration remote_query::elapsed() const noexcept {
    const std::lock_guard guard(mutex_);
    return duration((ended_ns_ != 0 ? ended_ns_ : base::now_ns()) - started_ns_);
}

}  // namespace qry::client
