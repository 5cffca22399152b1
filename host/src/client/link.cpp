#include "client/link.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <utility>

#include <qry/host.hpp>

#include "base/errors.hpp"
#include "client/dial.hpp"

namespace qry::client {

using daemon::call_type;

namespace {

constexpr auto first_patience = std::chrono::seconds(5);
// For one more try when a call finds the daemon gone.
constexpr auto later_patience = std::chrono::seconds(1);
constexpr auto farewell_patience = std::chrono::milliseconds(500);
// While calls are under way and nothing comes the daemon is asked whether it lives; after so many
// questions without an answer it counts as gone.
constexpr auto silence_step = std::chrono::seconds(2);
constexpr int most_silence = 4;

}  // namespace

link::link(std::string path)
    : path_(std::move(path)), timer_(loops_.loop(0)), silence_(loops_.loop(0)) {}

// The loop ends first, so that its thread uses nothing of what goes now.
link::~link() {
    loops_.stop();
}

result<void> link::open() {
    auto promise = std::make_shared<std::promise<result<void>>>();
    auto opened = promise->get_future();
    on_loop([self = shared_from_this(), promise] {
        self->opened_ = [promise](result<void> r) { promise->set_value(std::move(r)); };
        if (auto tried = self->connect(); !tried) {
            auto done = std::exchange(self->opened_, nullptr);
            done(std::move(tried));
        }
    });
    return opened.get();
}

void link::start(pending_ptr what) {
    on_loop([self = shared_from_this(), held = std::move(what)] { self->begin(held); });
}

void link::cancel(pending_ptr what) {
    on_loop([self = shared_from_this(), held = std::move(what)] {
        if (held->over_) return;
        if (held->number_ != 0) return self->about(held, call_type::cancel, 0);
        std::erase(self->queue_, held);
        self->fail(held, base::cancelled_error());
    });
}

void link::release(pending_ptr what) {
    on_loop([self = shared_from_this(), held = std::move(what)] {
        self->about(held, call_type::release, 0);
    });
}

void link::credit(pending_ptr what, std::uint32_t batches) {
    on_loop([self = shared_from_this(), held = std::move(what), batches] {
        self->about(held, call_type::credit, batches);
    });
}

void link::about(const pending_ptr& what, call_type type, std::uint32_t batches) {
    if (what->over_ || what->number_ == 0 || state_ != state::ready) return;
    if (type == call_type::credit) {
        send(type, what->number_, daemon::credit{batches});
    } else {
        send(type, what->number_, daemon::nothing{});
    }
}

void link::begin(const pending_ptr& what) {
    switch (state_) {
        case state::leaving:
        case state::closed:
            return fail(what, base::closed_error("the host"));
        case state::ready:
            return send(what);
        case state::away:
            if (auto tried = connect(); !tried) return fail(what, std::move(tried).error());
            [[fallthrough]];
        case state::greeting:
            queue_.push_back(what);
    }
}

result<void> link::connect() {
    auto socket = connected_socket(path_);
    if (!socket) return std::move(socket).error();
    const int copy = ::fcntl(socket->get(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return unreachable(path_, std::strerror(errno));
    const std::uint64_t epoch = ++epoch_;
    segments_ = std::make_shared<wire::segment_map>();
    // Called where a batch goes, on any thread.
    on_release_ = [weak = weak_from_this(),
                   epoch,
                   born = ::getpid(),
                   held = std::make_shared<tether>(registry::unique_fd(copy))](std::uint64_t id) {
        // In a forked child nothing runs the loop, and the batch is still the parent's.
        const auto self = born == ::getpid() ? weak.lock() : nullptr;
        if (!self) return;
        self->on_loop([self, epoch, id] {
            if (self->epoch_ != epoch || self->state_ != state::ready) return;
            self->send(call_type::give_back, 0, daemon::give_back{id});
        });
    };
    lane_ = wire::lane::make(loops_.loop(0), std::move(*socket), daemon::words);
    wire::lane::events to;
    to.on_frame = [weak = weak_from_this()](wire::incoming& in) -> result<void> {
        const auto self = weak.lock();
        return self ? self->take(in) : result<void>();
    };
    to.on_broken = [weak = weak_from_this()](error why) {
        if (const auto self = weak.lock()) self->lost(went_away(self->path_, why.message));
    };
    lane_->start(std::move(to));
    state_ = state::greeting;
    send(call_type::greet, 0, daemon::greet{daemon::protocol_version, version()});
    wait_for_welcome();
    return {};
}

void link::wait_for_welcome() {
    timer_.expires_after(opened_ ? first_patience : later_patience);
    timer_.async_wait([weak = weak_from_this(), epoch = epoch_](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (!self || failed || self->epoch_ != epoch || self->state_ != state::greeting) return;
        self->lost(unreachable(self->path_, "it took the connection but does not answer"));
    });
}

template <class T>
void link::send(call_type type, std::uint32_t number, const T& m) {
    const std::size_t mark = lane_->begin();
    wire::writer to(lane_->buffer());
    static_cast<void>(daemon::encode(to, m));
    lane_->end(mark, {.type = static_cast<std::uint16_t>(type), .channel = number});
}

// Written aside first: what cannot be sent must leave nothing in the lane.
void link::send(const pending_ptr& what) {
    scratch_.clear();
    wire::writer to(scratch_);
    const std::string_view repaired = what->write(to);
    const auto type = static_cast<std::uint16_t>(what->type());
    if (!repaired.empty()) {
        wipe(scratch_.data(), scratch_.size());
        return fail(
            what,
            {.kind = status::invalid_parameter,
             .message = std::string(repaired) + " is not valid UTF-8",
             .from = origin::host,
             .parameter = std::string(repaired)}
        );
    }
    if (scratch_.size() > wire::max_payload) {
        return fail(
            what,
            {.kind = status::resource_limit,
             .message = "the call takes " + std::to_string(scratch_.size()) +
                        " bytes; the daemon takes at most " + std::to_string(wire::max_payload),
             .hint = "make the statement or its arguments smaller, or use qry_host.open()",
             .from = origin::host}
        );
    }
    do {
        ++last_number_;
    } while (last_number_ == 0 || calls_.count(last_number_) != 0);
    what->number_ = last_number_;
    calls_.emplace(last_number_, what);
    const std::size_t mark = lane_->begin();
    wire::writer(lane_->buffer()).raw(scratch_);
    lane_->end(mark, {.type = type, .channel = last_number_});
    if (daemon::words.secret(type)) wipe(scratch_.data(), scratch_.size());
    look_after();
}

// A daemon that is stopped, or hangs, keeps its sockets open: it would be waited for for ever.
void link::look_after() {
    if (watching_ || calls_.empty()) return;
    watching_ = true;
    silence_.expires_after(silence_step);
    silence_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (!self || failed) return;
        self->watching_ = false;
        if (self->state_ != state::ready || self->calls_.empty()) return;
        if (++self->silent_ticks_ > most_silence) {
            return self->lost(went_away(self->path_, "it does not answer any more"));
        }
        self->send(call_type::ping, 0, daemon::ping{});
        self->look_after();
    });
}

result<void> link::take(wire::incoming& in) {
    silent_ticks_ = 0;
    if (in.header.channel == 0) return take_own(in);
    const auto found = calls_.find(in.header.channel);
    if (found == calls_.end()) {
        // On its way when the calls were given up.
        if (state_ == state::leaving) return {};
        return error{
            .kind = status::plugin_error,
            .message = "an answer came to a call that nobody made",
            .from = origin::host};
    }
    const pending_ptr what = found->second;
    if (in.header.type == static_cast<std::uint16_t>(call_type::failed)) {
        auto said = daemon::decode<daemon::failed>(in.payload);
        if (!said) return std::move(said).error();
        calls_.erase(found);
        fail(what, std::move(said->why));
        return {};
    }
    auto last = what->answer(in, *this);
    if (!last) return std::move(last).error();
    if (*last) {
        what->over_ = true;
        calls_.erase(in.header.channel);
    }
    return {};
}

result<void> link::take_own(wire::incoming& in) {
    switch (static_cast<call_type>(in.header.type)) {
        case call_type::welcome: {
            auto said = daemon::decode<daemon::welcome>(in.payload);
            if (!said) return std::move(said).error();
            welcomed(std::move(*said));
            return {};
        }
        case call_type::failed: {
            // Refused: another version, another user, too many clients.
            auto said = daemon::decode<daemon::failed>(in.payload);
            if (!said) return std::move(said).error();
            lost(std::move(said->why));
            return {};
        }
        case call_type::segment: {
            auto said = daemon::decode<daemon::segment>(in.payload);
            if (!said) return std::move(said).error();
            return segments_->add(said->number, said->bytes, std::move(in.descriptor));
        }
        case call_type::pong: {
            auto said = daemon::decode<daemon::ping>(in.payload);
            return said ? result<void>() : std::move(said).error();
        }
        case call_type::bye:
            left();
            return {};
        default:
            return error{
                .kind = status::plugin_error,
                .message = "frame " + std::string(daemon::words.name(in.header.type)) +
                           " came without a call",
                .from = origin::host};
    }
}

void link::welcomed(daemon::welcome said) {
    {
        const std::lock_guard guard(mutex_);
        registry_ = std::move(said.registry);
        catalogs_.push_back(std::make_unique<const registry::catalog>(
            registry::catalog::of(std::move(said.folders), std::move(said.plugins))
        ));
    }
    timer_.cancel();
    state_ = state::ready;
    for (const auto& each : std::exchange(queue_, {}))
        send(each);
    if (auto done = std::exchange(opened_, nullptr)) done(result<void>());
}

void link::lost(error why) {
    if (state_ == state::closed) return;
    if (state_ == state::leaving) return left();
    // A daemon that is still there must not go on working for us: the socket may stay open for the
    // batches that are read.
    if (state_ == state::ready) send(call_type::bye, 0, daemon::nothing{});
    state_ = state::away;
    if (lane_) lane_->close();
    on_release_ = nullptr;
    timer_.cancel();
    silence_.cancel();
    watching_ = false;
    silent_ticks_ = 0;
    fail_all(why);
    if (auto done = std::exchange(opened_, nullptr)) done(std::move(why));
}

void link::fail(const pending_ptr& what, error why) {
    if (std::exchange(what->over_, true)) return;
    what->fail(std::move(why));
}

void link::fail_all(const error& why) {
    for (const auto& [number, what] : std::exchange(calls_, {}))
        fail(what, why);
    for (const auto& what : std::exchange(queue_, {}))
        fail(what, why);
}

void link::close(completion<void> done) {
    auto held = std::make_shared<completion<void>>(std::move(done));
    on_loop([self = shared_from_this(), held] {
        const bool connected = self->state_ == state::ready;
        const bool before = self->state_ == state::leaving || self->state_ == state::closed;
        if (before) return (*held)(result<void>());
        self->fail_all(base::closed_error("the host"));
        self->closed_ = std::move(*held);
        self->state_ = state::leaving;
        if (!connected) return self->left();
        self->send(call_type::bye, 0, daemon::nothing{});
        self->timer_.expires_after(farewell_patience);
        self->timer_.async_wait([weak = self->weak_from_this()](boost::system::error_code failed) {
            const auto still = weak.lock();
            if (still && !failed) still->left();
        });
    });
}

void link::left() {
    if (state_ != state::leaving) return;
    state_ = state::closed;
    timer_.cancel();
    silence_.cancel();
    if (lane_) lane_->close();
    on_release_ = nullptr;
    if (auto done = std::exchange(closed_, nullptr)) done(result<void>());
}

const registry::catalog& link::drivers() const noexcept {
    static const registry::catalog none;
    const std::lock_guard guard(mutex_);
    return catalogs_.empty() ? none : *catalogs_.back();
}

std::string link::registry_location() const {
    const std::lock_guard guard(mutex_);
    return registry_;
}

}  // namespace qry::client
