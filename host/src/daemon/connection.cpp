#include "daemon/connection.hpp"

#include <chrono>
#include <utility>

namespace qry::daemon {

namespace {

// Whoever connects says who it is at once.
constexpr auto greeting_patience = std::chrono::seconds(5);

error protocol_error(std::string why) {
    return {
        .kind = status::plugin_error,
        .message = std::move(why),
        .hint = "daemon and client must come from one release",
        .from = origin::host};
}

error stopping_error() {
    return {
        .kind = status::closed,
        .message = "the daemon is stopping",
        .hint = "try again once it is back: qry-host serve",
        .from = origin::host,
        .retryable = true};
}

}  // namespace

connection::connection(hub_ptr of, registry::unique_fd socket, int pid)
    : hub_(std::move(of)),
      socket_(socket.get()),
      lane_(wire::lane::make(hub_->loop(), std::move(socket), words)),
      pid_(pid),
      greeting_limit_(hub_->loop()),
      pump_again_(hub_->loop()),
      process_(hub_->loop()),
      end_(hub_->loop()) {}

connection::~connection() {
    for (auto& [id, batch] : lent_)
        free_loan(batch);
}

std::string connection::name() const {
    return "client " + std::to_string(pid_);
}

void connection::start() {
    ++hub_->clients;
    watch_process();
    greeting_limit_.expires_after(greeting_patience);
    greeting_limit_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (!self || failed || self->greeted_) return;
        self->broken(protocol_error("no greeting came within 5 s"));
    });
    wire::lane::events to;
    to.on_frame = [weak = weak_from_this()](frame& in) -> result<void> {
        const auto self = weak.lock();
        return self ? self->take(in) : result<void>();
    };
    to.on_broken = [weak = weak_from_this()](error why) {
        if (const auto self = weak.lock()) self->broken(why);
    };
    lane_->start(std::move(to));
}

result<void> connection::take(frame& in) {
    const auto type = static_cast<call_type>(in.header.type);
    if (!greeted_) return take_greeting(in);
    switch (type) {
        case call_type::cancel:
        case call_type::credit:
        case call_type::release:
            return about_call(in);
        case call_type::give_back:
        case call_type::ping:
        case call_type::bye:
            return take_back(in);
        default:
            return take_call(in);
    }
}

result<void> connection::take_greeting(frame& in) {
    if (static_cast<call_type>(in.header.type) != call_type::greet) {
        return protocol_error("a greeting must come first");
    }
    auto who = decode<greet>(in.payload);
    if (!who) return std::move(who).error();
    greeted_ = true;
    greeting_limit_.cancel();
    if (who->protocol != protocol_version) {
        const failed why{error{
            .kind = status::unsupported,
            .message = "the daemon is qry-host " + std::string(version()) + " (protocol " +
                       std::to_string(protocol_version) + "), the client " + who->version +
                       " (protocol " + std::to_string(who->protocol) + ")",
            .hint = "install the same release on both sides and restart the daemon",
            .from = origin::host}};
        send(call_type::failed, 0, why);
        retire();
        return {};
    }
    const auto& drivers = hub_->host->drivers();
    send(
        call_type::welcome,
        0,
        welcome{
            .protocol = protocol_version,
            .version = version(),
            .registry = hub_->host->registry_location(),
            .folders = drivers.folders(),
            .plugins = drivers.plugins()}
    );
    return {};
}

template <class T>
result<void> connection::open_call(frame& in, void (connection::*begin)(const call_ptr&, T)) {
    auto what = decode<T>(in.payload);
    if (!what) return std::move(what).error();
    const auto c = std::make_shared<call>();
    c->number = in.header.channel;
    if (c->number == 0 || !calls_.emplace(c->number, c).second) {
        return protocol_error("call " + std::to_string(c->number) + " is under way already");
    }
    if (hub_->stopping) {
        fail(c, stopping_error());
    } else if (calls_.size() > most_calls) {
        fail(
            c,
            {.kind = status::resource_limit,
             .message = "this program has " + std::to_string(most_calls) + " calls under way",
             .hint = "wait for some of them before making others",
             .from = origin::host,
             .retryable = true}
        );
    } else {
        (this->*begin)(c, std::move(*what));
    }
    return {};
}

result<void> connection::take_call(frame& in) {
    switch (static_cast<call_type>(in.header.type)) {
        case call_type::create:
            return open_call(in, &connection::create);
        case call_type::get:
            return open_call(in, &connection::get);
        case call_type::list:
            return open_call(in, &connection::list);
        case call_type::update:
            return open_call(in, &connection::update);
        case call_type::remove:
            return open_call(in, &connection::remove);
        case call_type::check:
            return open_call(in, &connection::check);
        case call_type::test:
            return open_call(in, &connection::test);
        case call_type::execute:
            return open_call(in, &connection::execute);
        case call_type::schema:
            return open_call(in, &connection::schema);
        case call_type::refresh:
            return open_call(in, &connection::refresh);
        case call_type::pool:
            return open_call(in, &connection::pool);
        case call_type::check_secrets:
            return open_call(in, &connection::check_secrets);
        case call_type::doctor:
            return open_call(in, &connection::doctor);
        case call_type::stats:
            return open_call(in, &connection::stats);
        default:
            return protocol_error(
                "frame " + std::string(words.name(in.header.type)) + " is not for the daemon"
            );
    }
}

// A call may have had its last answer while the frame was on its way: then there is nothing to do.
result<void> connection::about_call(frame& in) {
    const auto type = static_cast<call_type>(in.header.type);
    credit more;
    if (type == call_type::credit) {
        auto found = decode<credit>(in.payload);
        if (!found) return std::move(found).error();
        more = *found;
    } else if (auto none = decode<nothing>(in.payload); !none) {
        return std::move(none).error();
    }
    const auto found = calls_.find(in.header.channel);
    if (found == calls_.end()) return {};
    const call_ptr c = found->second;
    if (type == call_type::credit) {
        c->credit += more.batches;
        pump(c);
    } else if (type == call_type::release && c->rows) {
        end_result(c);
    } else {
        c->cancelled = true;
        if (c->work) c->work->cancel();
        if (c->rows) c->rows->cancel();
    }
    return {};
}

result<void> connection::take_back(frame& in) {
    switch (static_cast<call_type>(in.header.type)) {
        case call_type::give_back: {
            auto what = decode<daemon::give_back>(in.payload);
            if (!what) return std::move(what).error();
            give_back(what->batch);
            return {};
        }
        case call_type::ping: {
            auto what = decode<ping>(in.payload);
            if (!what) return std::move(what).error();
            send(call_type::pong, 0, *what);
            return {};
        }
        default:
            if (auto none = decode<nothing>(in.payload); !none) return std::move(none).error();
            drop_calls();
            send(call_type::bye, 0, nothing{});
            retire();
            return {};
    }
}

void connection::fail(const call_ptr& c, error why) {
    if (c->over) return;
    send(call_type::failed, c->number, failed{std::move(why)});
    over(c);
}

void connection::over(const call_ptr& c) {
    c->over = true;
    c->work.reset();
    c->rows.reset();
    calls_.erase(c->number);
}

}  // namespace qry::daemon
