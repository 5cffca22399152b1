#include "supervisor/fleet.hpp"

#include <algorithm>
#include <utility>

#include <sys/stat.h>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/log.hpp"
#include "base/post.hpp"

namespace qry::supervisor {

namespace asio = boost::asio;

plugin_stamp stamp_of(const std::filesystem::path& manifest, const std::filesystem::path& library) {
    plugin_stamp out;
    std::size_t at = 0;
    for (const auto* file : {&manifest, &library}) {
        struct stat about {};
        if (stat(file->c_str(), &about) == 0) {
            out.values[at] = about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec;
            out.values[at + 1] = static_cast<std::int64_t>(about.st_ino);
            out.values[at + 2] = about.st_size;
        }
        at += 3;
    }
    return out;
}

fleet::fleet(fleet_parts parts)
    : parts_(std::move(parts)),
      timers_(base::timers::of(parts_.worker.home.get_executor())),
      policy_(parts_.restarts) {}

fleet::~fleet() {
    timers_.take_back(*this);
    for (const auto& one : workers_)
        one->abandon();
}

std::shared_ptr<remote_lane> fleet::serving(std::size_t loop) {
    const std::lock_guard lock(mutex_);
    if (serving_ == nullptr || !serving_->taking || base::now_ns() >= next_look_ns_) return nullptr;
    return serving_->lane(loop);
}

void fleet::want(std::size_t loop, answer then) {
    auto held = std::make_shared<answer>(std::move(then));
    bool passed = false;
    share().gate->pass([&] {
        passed = true;
        base::post(parts_.worker.home, [self = shared_from_this(), loop, held] {
            self->waiting_.push_back({loop, std::move(*held)});
            self->consider();
        });
    });
    if (!passed) (*held)(base::closed_error("the host"));
}

void fleet::consider() {
    if (waiting_.empty()) return;
    if (shut_) return refuse(base::closed_error("the host"));
    const std::int64_t now = base::now_ns();
    look_for_upgrade(now);
    if (starting_) return;
    if (serving_ && serving_->taking) return serve();
    const auto verdict = policy_.ask(now);
    switch (verdict.what) {
        case restart_policy::answer::start:
            return start();
        case restart_policy::answer::wait:
            return timers_.set(*this, verdict.until_ns);
        case restart_policy::answer::refuse:
            return refuse(breaker_error(verdict.until_ns, now));
    }
}

void fleet::expired() noexcept {
    const auto self = shared_from_this();
    consider();
}

// The worker that serves goes on until the new one is ready to.
void fleet::look_for_upgrade(std::int64_t now) {
    {
        const std::lock_guard lock(mutex_);
        if (now < next_look_ns_) return;
        next_look_ns_ = now + parts_.look_every_ns;
    }
    if (starting_ || !serving_ || !serving_->taking) return;
    const plugin_stamp found = stamp_of(parts_.manifest, parts_.library);
    if (found == started_with_ || found == refused_) return;
    base::write_log(
        base::log_level::info,
        "host",
        "plugin '" + share().plugin + "' was changed: new sessions go to a new worker"
    );
    start();
}

void fleet::start() {
    const plugin_stamp stamp = stamp_of(parts_.manifest, parts_.library);
    auto made = std::make_shared<worker>(parts_.worker);
    const std::weak_ptr<fleet> weak = weak_from_this();
    const std::weak_ptr<worker> who = made;
    const auto with = [weak, who](auto what) {
        const auto self = weak.lock();
        const auto held = who.lock();
        if (self && held) what(*self, held);
    };
    worker_events events{
        .on_ready = [with] { with([](fleet& self, const auto& w) { self.on_ready(w); }); },
        .on_draining = [with] { with([](fleet& self, const auto& w) { self.on_draining(w); }); },
        .on_gone = [with](
                       const death& why, std::optional<error> failure
                   ) { with([&](fleet& self, const auto& w) { self.on_gone(w, why, failure); }); }};
    if (auto started = made->start(parts_.launch, std::move(events)); !started) {
        if (serving_ && serving_->taking) return serve();
        return refuse(started.error());
    }
    if (std::exchange(died_, false)) ++made->share->count.restarts;
    started_with_ = stamp;
    starting_ = made;
    workers_.push_back(std::move(made));
}

void fleet::set_serving(std::shared_ptr<worker> who) {
    const std::lock_guard lock(mutex_);
    serving_ = std::move(who);
}

void fleet::on_ready(const std::shared_ptr<worker>& who) {
    if (starting_ != who) return;
    starting_.reset();
    const auto before = serving_;
    set_serving(who);
    if (before && before->taking) {
        ++before->share->count.upgrades;
        before->drain(drain_reason::upgraded);
    }
    serve();
}

void fleet::on_draining(const std::shared_ptr<worker>& who) {
    if (serving_ == who) set_serving(nullptr);
}

void fleet::on_gone(
    const std::shared_ptr<worker>& who, const death& why, const std::optional<error>& failure
) {
    std::erase(workers_, who);
    if (serving_ == who) set_serving(nullptr);
    if (why.cause != death_cause::asked) {
        died_ = true;
        policy_.died(
            base::now_ns(),
            who->answered ? restart_policy::life::answered : restart_policy::life::useless,
            describe(why)
        );
    }
    if (starting_ == who) {
        starting_.reset();
        if (serving_ && serving_->taking) {
            refused_ = started_with_;
            serve();
        } else {
            refuse(failure ? *failure : death_error(share().plugin, why, {}));
        }
    }
    if (shut_) return finish_if_shut();
    consider();
}

void fleet::serve() {
    for (waiter& one : std::exchange(waiting_, {})) {
        auto lane = serving_->lane(one.loop);
        base::post(lane->loop(), [lane, then = std::make_shared<answer>(std::move(one.then))] {
            (*then)(lane);
        });
    }
}

void fleet::refuse(const error& why) {
    for (waiter& one : std::exchange(waiting_, {})) {
        base::post(
            parts_.worker.loops.loop(one.loop),
            [why, then = std::make_shared<answer>(std::move(one.then))] { (*then)(why); }
        );
    }
}

error fleet::breaker_error(std::int64_t until_ns, std::int64_t now) const {
    return {
        .kind = status::plugin_crashed,
        .message = "plugin '" + share().plugin + "' is not started again for another " +
                   base::format_duration(std::chrono::nanoseconds(until_ns - now)) + ": its last " +
                   std::to_string(policy_.failures()) +
                   " workers ended without an answer to anybody; the last one " +
                   policy_.last_reason(),
        .hint = "see the log for what it said; repair or replace the plugin",
        .from = origin::host,
        .retryable = true};
}

void fleet::shut(callback<void()> done) {
    auto held = std::make_shared<callback<void()>>(std::move(done));
    bool passed = false;
    share().gate->pass([&] {
        passed = true;
        base::post(parts_.worker.home, [self = shared_from_this(), held] {
            self->shut_ = true;
            self->keep_ = self;
            if (*held) self->on_shut_.push_back(std::move(*held));
            self->refuse(base::closed_error("the host"));
            const auto all = self->workers_;
            for (const auto& one : all)
                one->drain(drain_reason::closed);
            self->finish_if_shut();
        });
    });
    if (!passed && *held) (*held)();
}

void fleet::give_up() {
    share().gate->pass([&] {
        base::post(parts_.worker.home, [self = shared_from_this()] {
            const auto all = self->workers_;
            for (const auto& one : all)
                one->give_up();
        });
    });
}

void fleet::finish_if_shut() {
    if (!workers_.empty()) return;
    timers_.take_back(*this);
    for (auto& done : std::exchange(on_shut_, {}))
        done();
    keep_.reset();
}

worker_report fleet::idle_report() const {
    worker_report out{.name = share().name, .state = "ended", .plugin_version = {}};
    switch (policy_.ask(base::now_ns()).what) {
        case restart_policy::answer::start:
            break;
        case restart_policy::answer::wait:
            out.state = "waiting";
            break;
        case restart_policy::answer::refuse:
            out.state = "refused";
            break;
    }
    return out;
}

void fleet::report(callback<void(std::vector<worker_report>)> then) {
    auto held = std::make_shared<callback<void(std::vector<worker_report>)>>(std::move(then));
    bool passed = false;
    share().gate->pass([&] {
        passed = true;
        base::post(parts_.worker.home, [self = shared_from_this(), held] {
            std::vector<worker_report> out;
            for (const auto& one : self->workers_)
                out.push_back(one->report());
            if (out.empty()) out.push_back(self->idle_report());
            (*held)(std::move(out));
        });
    });
    if (!passed) (*held)({});
}

}  // namespace qry::supervisor
