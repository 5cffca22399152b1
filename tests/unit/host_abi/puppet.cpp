#include "puppet.hpp"

#include <boost/asio/post.hpp>

namespace puppet {

namespace {

template <class Call, class... Args>
void pull(const Call& call, qry_call* with, Args... args) {
    if (call) {
        call(args..., with);
    } else {
        with->complete(with, nullptr);
    }
}

void c_connect(const qry_connect_request* request, qry_session** out, qry_call* call) {
    if (pulled().connect) return pulled().connect(request, out, call);
    *out = reinterpret_cast<qry_session*>(new int(0));
    call->complete(call, nullptr);
}
void c_test(const qry_connect_request* request, qry_call* call) {
    pull(pulled().test, call, request);
}
void c_cancel_connect(qry_call* call) {
    if (pulled().cancel_connect) pulled().cancel_connect(call);
}
void c_execute(
    qry_session*, const qry_execute_request* request, qry_result_head* head, qry_call* call
) {
    if (pulled().execute) return pulled().execute(request, head, call);
    fill_schema(&head->schema);
    call->complete(call, nullptr);
}
void c_introspect(qry_session*, const qry_introspect_request*, ArrowSchema* out, qry_call* call) {
    fill_schema(out);
    call->complete(call, nullptr);
}
void c_next(qry_session*, ArrowArray* out, qry_call* call) {
    pull(pulled().next, call, out);
}
void c_cancel(qry_session*) {
    if (pulled().cancel) pulled().cancel();
}
void c_reset(qry_session*, qry_call* call) {
    pull(pulled().reset, call);
}
std::int32_t c_alive(qry_session*) {
    return pulled().alive ? pulled().alive() : 1;
}
void c_close(qry_session* session, qry_call* call) {
    delete reinterpret_cast<int*>(session);
    pull(pulled().close, call);
}

constexpr qry_session_verbs verbs = {
    sizeof(qry_session_verbs),
    &c_execute,
    &c_introspect,
    &c_next,
    &c_cancel,
    &c_reset,
    &c_alive,
    &c_close};
constexpr qry_driver table = {sizeof(qry_driver), &c_connect, &c_test, &c_cancel_connect, &verbs};

// Runs begin(completion) on the session's loop and waits for the completion.
template <class T, class Begin>
qry::result<T> on_loop(qry::backend::session& session, Begin begin) {
    return qry::wait<T>([&](qry::completion<T> done) {
        boost::asio::post(session.executor(), [begin, done = std::move(done)]() mutable {
            begin(std::move(done));
        });
    });
}

}  // namespace

strings& pulled() {
    static strings all;
    return all;
}

const qry_driver& driver() {
    return table;
}

qry_descriptor descriptor(std::int32_t model) {
    return {
        .struct_size = sizeof(qry_descriptor),
        .model = model,
        .capabilities = QRY_CAN_CANCEL,
        .name = "puppet",
        .title = "Puppet",
        .version = "1.0.0",
        .publisher = "tests",
        .dialect = "none"};
}

std::shared_ptr<qry::backend::driver> load(qry::base::loop_group& loops, std::int32_t model) {
    auto tables = qry::abi::complete_tables(descriptor(model), &table);
    return qry::abi::make_inline_driver(loops, std::move(*tables));
}

void fill_schema(ArrowSchema* out) {
    auto* child = new ArrowSchema{};
    child->format = "l";
    child->name = "n";
    child->release = [](ArrowSchema* s) { s->release = nullptr; };
    *out = {};
    out->format = "+s";
    out->name = "";
    out->n_children = 1;
    out->children = new ArrowSchema* {child};
    out->release = [](ArrowSchema* s) {
        delete s->children[0];
        delete s->children;
        s->release = nullptr;
    };
}

void fill_batch(ArrowArray* out, std::int64_t rows) {
    struct memory {
        std::vector<std::int64_t> values;
        const void* buffers[2];
        const void* none[1];
        ArrowArray child;
        ArrowArray* children[1];
    };
    auto* m = new memory{
        std::vector<std::int64_t>(static_cast<std::size_t>(rows < 0 ? 0 : rows), 5),
        {},
        {},
        {},
        {}};
    m->buffers[1] = m->values.data();
    m->child.length = rows;
    m->child.n_buffers = 2;
    m->child.buffers = m->buffers;
    m->child.release = [](ArrowArray* a) { a->release = nullptr; };
    m->children[0] = &m->child;
    *out = {};
    out->length = rows;
    out->n_buffers = 1;
    out->buffers = m->none;
    out->n_children = 1;
    out->children = m->children;
    out->private_data = m;
    out->release = [](ArrowArray* a) {
        delete static_cast<memory*>(a->private_data);
        a->release = nullptr;
    };
}

qry::backend::connect_arguments arguments() {
    auto params = std::make_shared<std::map<std::string, std::string>>();
    params->emplace("host", "db");
    auto secrets = std::make_shared<std::map<std::string, qry::secret>>();
    secrets->emplace("password", qry::secret("hunter2hunter"));
    return {params, secrets};
}

qry::result<std::unique_ptr<qry::backend::session>> connect(
    qry::backend::driver& with, std::chrono::milliseconds limit
) {
    using session = std::unique_ptr<qry::backend::session>;
    return qry::wait<session>([&](qry::completion<session> done) {
        (void)with.connect(within(limit), arguments(), std::move(done));
    });
}

qry::result<qry::backend::head> execute(qry::backend::session& session) {
    return on_loop<qry::backend::head>(session, [&](auto done) {
        qry::backend::execute_arguments what;
        what.sql = "select 1";
        session.execute(within(std::chrono::seconds(30)), std::move(what), std::move(done));
    });
}

qry::result<qry::backend::batch> next(qry::backend::session& session) {
    return on_loop<qry::backend::batch>(session, [&](auto done) {
        session.next(within(std::chrono::seconds(30)), std::move(done));
    });
}

qry::result<void> reset(qry::backend::session& session) {
    return on_loop<void>(session, [&](auto done) {
        session.reset(within(std::chrono::seconds(30)), std::move(done));
    });
}

void close(std::unique_ptr<qry::backend::session> session) {
    auto& held = *session;
    (void)on_loop<void>(held, [&](auto done) {
        held.close(within(std::chrono::seconds(1)), std::move(done));
    });
    (void)on_loop<void>(held, [&](auto done) {
        session.reset();
        done(qry::result<void>());
    });
}

}  // namespace puppet
