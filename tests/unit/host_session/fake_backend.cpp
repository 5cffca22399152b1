#include "fake_backend.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace fake {

namespace asio = boost::asio;
using qry::completion;
using qry::result;

namespace {

std::atomic<int> living{0};

struct column {
    std::vector<std::int64_t> values;
    const void* buffers[2] = {nullptr, nullptr};
    const void* none[1] = {nullptr};
    ArrowArray child{};
    ArrowArray* children[1] = {&child};
};

struct schema_holder {
    ArrowSchema child{};
    ArrowSchema* children[1] = {&child};
};

qry::error refused() {
    return {
        .kind = qry::status::connection_failed,
        .message = "connection refused",
        .from = qry::origin::plugin,
        .retryable = true};
}

class nothing final : public qry::operation {
    void cancel() noexcept override {}
};

class session final : public qry::backend::session, public std::enable_shared_from_this<session> {
public:
    session(driver& owner, asio::io_context& context) : owner_(owner), context_(context) {
        const int open = ++owner_.count.open;
        int most = owner_.count.most_open;
        while (most < open && !owner_.count.most_open.compare_exchange_weak(most, open)) {
        }
    }
    asio::any_io_executor executor() const override { return context_.get_executor(); }

    void execute(
        qry::backend::verb_context,
        qry::backend::execute_arguments,
        completion<qry::backend::head> done
    ) override {
        const script plan = begin(owner_.count.executes);
        left_ = plan.batches;
        sent_ = 0;
        on_head_ = std::move(done);
        run(plan.execute, plan, [this, plan] {
            qry::backend::head head;
            if (plan.batches >= 0) head.schema = make_schema();
            head.rows_affected = plan.batches >= 0 ? -1 : 7;
            std::exchange(on_head_, nullptr)(std::move(head));
        });
    }
    void introspect(
        qry::backend::verb_context,
        std::int32_t part,
        bool,
        bool,
        completion<qry::backend::head> done
    ) override {
        script plan = begin(owner_.count.executes);
        left_ = plan.batches;
        sent_ = 0;
        on_head_ = std::move(done);
        if (part == QRY_INTROSPECT_KEYS && plan.no_keys) {
            plan.execute = act::fail;
            plan.failure.kind = qry::status::unsupported;
        }
        const bool digest = part == qry::backend::digest_part;
        if (digest) left_ = 0;
        if (digest && plan.digest.empty()) {
            plan.execute = act::fail;
            plan.failure.kind = qry::status::unsupported;
        }
        run(plan.execute, plan, [this, digest, said = plan.digest] {
            qry::backend::head head;
            if (digest) {
                head.digest = said;
            } else {
                head.schema = make_schema();
            }
            std::exchange(on_head_, nullptr)(std::move(head));
        });
    }
    void next(qry::backend::verb_context, completion<qry::backend::batch> done) override {
        const script plan = begin(owner_.count.nexts);
        on_batch_ = std::move(done);
        run(plan.next, plan, [this, plan] {
            qry::backend::batch batch;
            if (left_ > 0) {
                --left_;
                batch.rows = make_batch(sent_, plan.rows);
                sent_ += plan.rows;
            } else {
                batch.rows_affected = sent_;
            }
            std::exchange(on_batch_, nullptr)(std::move(batch));
        });
    }
    void cancel() noexcept override {
        check_thread();
        ++owner_.count.cancels;
        if (waiting_) {
            waiting_ = false;
            asio::post(context_, [self = shared_from_this()] {
                self->fail({.kind = qry::status::query_cancelled, .message = "on request"});
            });
        }
    }
    void reset(qry::backend::verb_context, completion<void> done) override {
        const script plan = begin(owner_.count.resets);
        left_ = 0;
        on_done_ = std::move(done);
        run(plan.reset, plan, [this] { std::exchange(on_done_, nullptr)(result<void>()); });
    }
    bool alive() noexcept override {
        check_thread();
        return owner_.get().alive;
    }
    void close(qry::backend::verb_context, completion<void> done) override {
        check_thread();
        ++owner_.count.closes;
        --owner_.count.open;
        if (busy_) fail({.kind = qry::status::plugin_error, .message = "given up"});
        asio::post(context_, [done = std::move(done)]() mutable { done(result<void>()); });
    }
    void set_reports(qry::backend::reports sink) override { reports_ = std::move(sink); }

private:
    script begin(std::atomic<int>& counter) {
        check_thread();
        ++counter;
        if (busy_) ++owner_.count.misuse;
        busy_ = true;
        return owner_.get();
    }
    void check_thread() {
        if (!context_.get_executor().running_in_this_thread()) ++owner_.count.misuse;
    }
    template <class Succeed>
    void run(act how, const script& plan, Succeed succeed) {
        switch (how) {
            case act::now:
                busy_ = false;
                return succeed();
            case act::later:
                asio::post(context_, [self = shared_from_this(), succeed] {
                    if (std::exchange(self->busy_, false)) succeed();
                });
                return;
            case act::until_cancelled:
                waiting_ = true;
                return;
            case act::hang:
                return;
            case act::fail:
                asio::post(context_, [self = shared_from_this(), why = plan.failure] {
                    self->fail(why);
                });
                return;
        }
    }
    void fail(qry::error why) {
        if (!std::exchange(busy_, false)) return;
        waiting_ = false;
        if (on_head_) return std::exchange(on_head_, nullptr)(std::move(why));
        if (on_batch_) return std::exchange(on_batch_, nullptr)(std::move(why));
        if (on_done_) return std::exchange(on_done_, nullptr)(std::move(why));
    }

    driver& owner_;
    asio::io_context& context_;
    qry::backend::reports reports_;
    completion<qry::backend::head> on_head_;
    completion<qry::backend::batch> on_batch_;
    completion<void> on_done_;
    bool busy_ = false;
    bool waiting_ = false;
    int left_ = 0;
    std::int64_t sent_ = 0;
};

// Posts of the session's own outlive the pool's hold on it.
class held_session final : public qry::backend::session {
public:
    explicit held_session(std::shared_ptr<session> of) : of_(std::move(of)) {}
    asio::any_io_executor executor() const override { return of_->executor(); }
    void execute(
        qry::backend::verb_context c,
        qry::backend::execute_arguments w,
        completion<qry::backend::head> d
    ) override {
        of_->execute(std::move(c), std::move(w), std::move(d));
    }
    void introspect(
        qry::backend::verb_context c,
        std::int32_t part,
        bool first,
        bool last,
        completion<qry::backend::head> d
    ) override {
        of_->introspect(std::move(c), part, first, last, std::move(d));
    }
    void next(qry::backend::verb_context c, completion<qry::backend::batch> d) override {
        of_->next(std::move(c), std::move(d));
    }
    void cancel() noexcept override { of_->cancel(); }
    void reset(qry::backend::verb_context c, completion<void> d) override {
        of_->reset(std::move(c), std::move(d));
    }
    bool alive() noexcept override { return of_->alive(); }
    void close(qry::backend::verb_context c, completion<void> d) override {
        of_->close(std::move(c), std::move(d));
    }
    void set_reports(qry::backend::reports sink) override { of_->set_reports(std::move(sink)); }

private:
    const std::shared_ptr<session> of_;
};

// A connect that can be cancelled.
class connecting final : public qry::operation, public std::enable_shared_from_this<connecting> {
public:
    connecting(asio::io_context& context, completion<std::unique_ptr<qry::backend::session>> done)
        : context_(context), done_(std::move(done)) {}
    void cancel() noexcept override {
        asio::post(context_, [self = shared_from_this()] {
            self->end(qry::error{.kind = qry::status::query_cancelled, .message = "cancelled"});
        });
    }
    void end(result<std::unique_ptr<qry::backend::session>> with) {
        if (done_) std::exchange(done_, nullptr)(std::move(with));
    }

private:
    asio::io_context& context_;
    completion<std::unique_ptr<qry::backend::session>> done_;
};

}  // namespace

int living_arrow() {
    return living;
}

qry::unique_schema make_schema() {
    auto* holder = new schema_holder;
    holder->child.format = "l";
    holder->child.name = "n";
    holder->child.release = [](ArrowSchema* s) { s->release = nullptr; };
    ArrowSchema top{};
    top.format = "+s";
    top.name = "";
    top.n_children = 1;
    top.children = holder->children;
    top.private_data = holder;
    top.release = [](ArrowSchema* s) {
        delete static_cast<schema_holder*>(s->private_data);
        s->release = nullptr;
        --living;
    };
    ++living;
    return qry::unique_schema(&top);
}

qry::unique_array make_batch(std::int64_t first, std::int64_t rows) {
    auto* holder = new column;
    for (std::int64_t i = 0; i < rows; ++i)
        holder->values.push_back(first + i);
    holder->buffers[1] = holder->values.data();
    holder->child.length = rows;
    holder->child.n_buffers = 2;
    holder->child.buffers = holder->buffers;
    holder->child.release = [](ArrowArray* a) { a->release = nullptr; };
    ArrowArray top{};
    top.length = rows;
    top.n_buffers = 1;
    top.buffers = holder->none;
    top.n_children = 1;
    top.children = holder->children;
    top.private_data = holder;
    top.release = [](ArrowArray* a) {
        delete static_cast<column*>(a->private_data);
        a->release = nullptr;
        --living;
    };
    ++living;
    return qry::unique_array(&top);
}

act driver::next_connect() {
    const std::lock_guard guard(mutex_);
    const act how = script_.connects.front();
    if (script_.connects.size() > 1) script_.connects.pop_front();
    return how;
}

qry::operation_ptr driver::connect(
    qry::backend::verb_context,
    qry::backend::connect_arguments,
    completion<std::unique_ptr<qry::backend::session>> done
) {
    ++count.connects;
    asio::io_context& context = loops_.next_loop();
    auto made = std::make_shared<connecting>(context, std::move(done));
    const act how = next_connect();
    if (how == act::until_cancelled || how == act::hang) return made;
    asio::post(context, [this, made, how, &context] {
        if (how == act::fail) return made->end(refused());
        made->end(std::unique_ptr<qry::backend::session>(
            std::make_unique<held_session>(std::make_shared<session>(*this, context))
        ));
    });
    return made;
}

qry::operation_ptr driver::test(
    qry::backend::verb_context,
    qry::backend::connect_arguments,
    qry::backend::reports sink,
    completion<void> done
) {
    const script plan = get();
    asio::post(
        loops_.next_loop(),
        [sink = std::move(sink), done = std::move(done), plan]() mutable {
            sink.on_info("server_version", "1.2");
            sink.on_step({.name = "open", .ok = true});
            sink.on_step({.name = "read", .ok = plan.execute != act::fail});
            plan.execute == act::fail ? done(plan.failure) : done(result<void>());
        }
    );
    return std::make_shared<nothing>();
}

}  // namespace fake
