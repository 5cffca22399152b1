#include "qry/conformance/session.hpp"

#include <atomic>
#include <mutex>
#include <utility>

#include "connect_loan.hpp"
#include "verb_runner.hpp"

namespace qry::conformance {
namespace {

// Exactly as long as the text and without an end: a plugin that reads on is found by a sanitizer.
std::shared_ptr<char[]> unterminated(std::string_view sql) {
    std::shared_ptr<char[]> copy(new char[sql.empty() ? 1 : sql.size()]);
    sql.copy(copy.get(), sql.size());
    return copy;
}

}  // namespace

std::int64_t table::rows() const noexcept {
    std::int64_t sum = 0;
    for (const auto& batch : batches)
        sum += batch->length;
    return sum;
}

// The open result, as long as the plugin may look at it.
struct open_result {
    std::shared_ptr<char[]> sql;
    statement what;
    catalog_request catalog;
    std::vector<qry_param> options;
    qry_execute_request execute{};
    qry_introspect_request introspect{};
    qry_result_head head{};
    std::int64_t batch_rows = 0;
};

struct session::state {
    explicit state(std::shared_ptr<verb_runner> r) : runner(std::move(r)) {}

    const std::shared_ptr<verb_runner> runner;
    // Held while the plugin's cancel runs, so that close cannot free the session under it.
    std::mutex gate;
    // Guarded by gate
    qry_session* raw = nullptr;
    // Not thread-safe
    std::shared_ptr<open_result> open = std::make_shared<open_result>();
    // Thread-safe
    std::atomic<std::thread::id> home = std::this_thread::get_id();

    [[nodiscard]] const qry_session_verbs& verbs() const noexcept {
        return runner->plugin().verbs();
    }
    void cancel_now() {
        const std::lock_guard lock(gate);
        if (raw != nullptr && verbs().cancel != nullptr) verbs().cancel(raw);
    }
    result<void> run(
        const std::shared_ptr<tracked_call>& call,
        const call_options& how,
        std::function<void(qry_call*)> start
    ) {
        if (raw == nullptr) {
            return error{
                .kind = status::closed,
                .message = call->verb() + ": the session is closed",
                .from = origin::host};
        }
        home = std::this_thread::get_id();
        return runner->run(call, how, std::move(start), [this] { cancel_now(); });
    }
};

session::session(std::shared_ptr<state> made) noexcept : state_(std::move(made)) {}

session::~session() {
    if (state_->raw != nullptr && !state_->runner->hung()) {
        // What went wrong is in the ledger.
        [[maybe_unused]] const auto closed = close({.patience = std::chrono::seconds(10)});
    }
}

result<std::unique_ptr<session>> session::connect(
    const loaded_plugin& plugin, const datasource& where, const call_options& how, surroundings on
) {
    const auto runner = std::make_shared<verb_runner>(plugin, std::move(on));
    auto shared = std::make_shared<const datasource>(where);
    auto call = runner->make_call("connect", shared, how);
    auto loan = lend(shared, *runner);
    call->borrowed = loan;
    const qry_driver& driver = runner->plugin().driver();
    auto ended = runner->run(
        call,
        how,
        [&driver, loan, out = &call->session_out](qry_call* raw) {
            driver.connect(&loan->request, out, raw);
        },
        [&] {
            if (driver.cancel != nullptr) driver.cancel(call->raw());
        }
    );
    ledger& book = *runner->on().book;
    if (!ended) {
        if (call->session_out != nullptr) {
            book.add(violation{"connect.out", "connect failed and left a session in *out"});
        }
        return std::move(ended).error();
    }
    if (call->session_out == nullptr) {
        const std::string what = "connect succeeded and left *out NULL";
        book.add(violation{"connect.out", what});
        return error{.kind = status::plugin_error, .message = what, .from = origin::host};
    }
    auto made = std::make_shared<state>(runner);
    made->raw = call->session_out;
    return std::unique_ptr<session>(new session(std::move(made)));
}

result<head> session::execute(std::string_view sql, const call_options& how) {
    statement what;
    what.sql = sql;
    return execute(std::move(what), how);
}

result<head> session::execute(statement what, const call_options& how) {
    auto open = std::make_shared<open_result>();
    open->what = std::move(what);
    open->sql = unterminated(open->what.sql);
    open->options = as_params(open->what.options);
    open->head = {sizeof(qry_result_head), {}, -1};
    open->batch_rows = open->what.batch_rows;
    open->execute = {
        sizeof(qry_execute_request),
        open->sql.get(),
        open->what.sql.size(),
        open->what.args_schema ? open->what.args_schema.get() : nullptr,
        open->what.args ? open->what.args.get() : nullptr,
        open->options.data(),
        open->options.size(),
        open->what.batch_rows,
        open->what.batch_bytes};
    state& s = *state_;
    auto call = s.runner->make_call("execute", nullptr, how, open->what.sql);
    call->borrowed = open;
    auto ended = s.run(call, how, [open, raw = s.raw, verb = s.verbs().execute](qry_call* c) {
        verb(raw, &open->execute, &open->head, c);
    });
    s.open = open;
    if (s.runner->hung()) return std::move(ended).error();
    // Borrowed until completion and not longer: one who still looks is found by a sanitizer.
    open->what.args.reset();
    open->what.args_schema.reset();
    unique_schema schema(&open->head.schema);
    if (!ended) return std::move(ended).error();
    return head{std::move(schema), open->head.rows_affected};
}

result<head> session::introspect(const catalog_request& what, const call_options& how) {
    auto open = std::make_shared<open_result>();
    open->catalog = what;
    open->head = {sizeof(qry_result_head), {}, -1};
    open->batch_rows = what.batch_rows;
    const auto& kept = open->catalog;
    open->introspect = {
        sizeof(qry_introspect_request),
        kept.part,
        kept.first ? 1 : 0,
        kept.last ? 1 : 0,
        kept.catalog ? kept.catalog->c_str() : nullptr,
        kept.schema ? kept.schema->c_str() : nullptr,
        kept.batch_rows,
        kept.batch_bytes};
    state& s = *state_;
    if (s.verbs().introspect == nullptr) {
        return error{
            .kind = status::unsupported,
            .message = "the plugin has no verb 'introspect'",
            .from = origin::host};
    }
    auto call =
        s.runner->make_call("introspect", nullptr, how, "part " + std::to_string(what.part));
    call->borrowed = open;
    auto ended = s.run(call, how, [open, raw = s.raw, verb = s.verbs().introspect](qry_call* c) {
        verb(raw, &open->introspect, &open->head.schema, c);
    });
    s.open = open;
    if (s.runner->hung()) return std::move(ended).error();
    unique_schema schema(&open->head.schema);
    if (!ended) return std::move(ended).error();
    return head{std::move(schema), -1};
}

result<unique_array> session::next(const call_options& how) {
    state& s = *state_;
    auto call = s.runner->make_call("next", nullptr, how);
    auto ended = s.run(call, how, [call, raw = s.raw, verb = s.verbs().next](qry_call* c) {
        verb(raw, call->batch_out.get(), c);
    });
    if (!ended) return std::move(ended).error();
    ledger& book = *s.runner->on().book;
    const unique_array& batch = call->batch_out;
    if (batch && batch->length < 1) {
        book.add(violation{"next.at_least_one_row", "next gave a batch without rows"});
    }
    if (batch && batch->length > s.open->batch_rows) {
        book.add(violation{
            "next.batch_rows",
            "next gave " + std::to_string(batch->length) + " rows; at most " +
                std::to_string(s.open->batch_rows) + " were asked for"});
    }
    return std::move(call->batch_out);
}

result<std::vector<unique_array>> session::drain(const call_options& how) {
    std::vector<unique_array> all;
    while (true) {
        auto batch = next(how);
        if (!batch) return std::move(batch).error();
        if (!*batch) return all;
        all.push_back(std::move(*batch));
    }
}

namespace {

result<table> drained(session& s, result<head> opened, const call_options& how) {
    if (!opened) return std::move(opened).error();
    table out;
    out.schema = std::move(opened->schema);
    if (out.schema) {
        auto batches = s.drain(how);
        if (!batches) return std::move(batches).error();
        out.batches = std::move(*batches);
    }
    out.rows_affected = s.rows_affected();
    return out;
}

}  // namespace

result<table> session::query(statement what, const call_options& how) {
    return drained(*this, execute(std::move(what), how), how);
}

result<table> session::query(std::string_view sql, const call_options& how) {
    return drained(*this, execute(sql, how), how);
}

result<table> session::query(const catalog_request& what, const call_options& how) {
    return drained(*this, introspect(what, how), how);
}

void session::cancel() {
    const bool direct =
        !state_->runner->plugin().is_async() || std::this_thread::get_id() == state_->home;
    if (direct) {
        state_->cancel_now();
        return;
    }
    state_->runner->on().loop->post([weak = std::weak_ptr(state_)] {
        if (const auto still = weak.lock()) still->cancel_now();
    });
}

result<void> session::reset(const call_options& how) {
    state& s = *state_;
    auto call = s.runner->make_call("reset", nullptr, how);
    return s.run(call, how, [raw = s.raw, verb = s.verbs().reset](qry_call* c) { verb(raw, c); });
}

bool session::alive() {
    state& s = *state_;
    if (s.raw == nullptr || s.runner->hung()) return false;
    if (s.verbs().alive == nullptr) return true;
    auto call = s.runner->make_call("alive", nullptr, {});
    auto answer = std::make_shared<std::int32_t>(0);
    const call_options soon{.patience = std::chrono::seconds(5)};
    const auto asked =
        s.run(call, soon, [answer, raw = s.raw, verb = s.verbs().alive](qry_call* c) {
            *answer = verb(raw);
            c->complete(c, nullptr);
        });
    return asked && *answer != 0;
}

result<void> session::close(const call_options& how) {
    state& s = *state_;
    qry_session* raw = nullptr;
    {
        const std::lock_guard lock(s.gate);
        raw = std::exchange(s.raw, nullptr);
    }
    if (raw == nullptr) return {};
    auto call = s.runner->make_call("close", nullptr, how);
    const auto verb = s.verbs().close;
    return s.runner->run(
        call, how, [raw, verb](qry_call* c) { verb(raw, c); }, [] {}
    );
}

std::int64_t session::rows_affected() const noexcept {
    return state_->open->head.rows_affected;
}

const call_trace& session::last_call() const noexcept {
    return state_->runner->last();
}

ledger& session::book() noexcept {
    return *state_->runner->on().book;
}

const std::shared_ptr<arena>& session::memory() noexcept {
    return state_->runner->on().memory;
}

loop& session::loop() noexcept {
    return *state_->runner->on().loop;
}

bool session::hung() const noexcept {
    return state_->runner->hung();
}

std::thread::id session::thread() const noexcept {
    return state_->runner->thread();
}

}  // namespace qry::conformance
