// A value that ends and is fetched anew: a token, temporary keys. One fetch for however many ask.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <qry/call.hpp>
#include <qry/clock.hpp>
#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

namespace qry::auth {

// What a fetch gives.
template <class T>
struct lease {
    T value;
    // Counted from the moment the fetch began. Zero or less = for those that wait for it, no later
    // one.
    std::chrono::nanoseconds lifetime{};
};

struct renewal {
    // Of one fetch; those that wait for it may have less.
    std::chrono::nanoseconds time_limit = std::chrono::seconds(30);
    // CLOCK_MONOTONIC nanoseconds. It stands still while a computer sleeps: a value may then be
    // over before it seems to be, and is found out by being refused.
    std::function<std::int64_t()> now = &now_ns;
};

// T has clone(). Copies share the value. Everything happens on the loop's thread. A fetch under way
// keeps what it needs alive, even when all copies are gone: interrupt what it waits for.
//
// A value is fetched when it is first asked for, and again 60 s before its end (a tenth of its
// life, when that is shorter). Until the end, those that come meanwhile get the old one, and so do
// all when the fetch fails; the next try is 10 s later then.
template <class T>
class renewing {
public:
    using fetcher = std::function<task<result<lease<T>>>(std::int64_t deadline_ns)>;

    // `fetch` may be called again and again, but not while its last task runs.
    renewing(loop_ref loop, fetcher fetch, renewal how)
        : state_(std::make_shared<state>(loop, std::move(fetch), std::move(how))) {}

    // `refused` = the value was given to the server, which did not take it: another is fetched,
    // unless that was done already since anybody got the value by an ask without `refused`. The
    // error is the fetch's, or query_timeout after `deadline_ns`, which ends the waiting and not
    // the fetch.
    [[nodiscard]] task<result<T>> get(bool refused = false, std::int64_t deadline_ns = no_deadline)
        const {
        return ask(state_, refused, deadline_ns);
    }

private:
    static constexpr std::int64_t longest_margin_ns = 60'000'000'000;
    static constexpr std::int64_t pause_ns = 10'000'000'000;

    struct asker {
        asker(loop_ref loop, bool was_refused) : place(loop), refused(was_refused) {}
        waiter place;
        const bool refused;
        std::optional<result<T>> got{};
    };

    struct state {
        state(loop_ref at, fetcher by, renewal with)
            : loop(at), fetch(std::move(by)), how(std::move(with)) {}

        [[nodiscard]] bool valid() const { return value && how.now() < ends_ns; }
        [[nodiscard]] bool due() const { return !valid() || how.now() >= renew_ns; }
        T hand_out(bool to_refused) {
            offered = offered || !to_refused;
            return value->clone();
        }
        void keep(lease<T> fresh) {
            const std::int64_t span = std::max<std::int64_t>(fresh.lifetime.count(), 0);
            value.emplace(std::move(fresh.value));
            offered = false;
            ends_ns = later(begun_ns, span);
            renew_ns = ends_ns - std::min(longest_margin_ns, span / 10);
        }
        void end(result<lease<T>> got) noexcept {
            running = false;
            const bool fresh = got.has_value();
            if (fresh) {
                keep(std::move(*got));
            } else if (valid()) {
                renew_ns = std::min(ends_ns, later(how.now(), pause_ns));
            } else {
                value.reset();
            }
            for (asker* a : waiting) {
                const bool serves = fresh || (value && !a->refused);
                if (serves) {
                    a->got.emplace(hand_out(a->refused));
                } else {
                    a->got.emplace(got.error());
                }
            }
            wake();
        }
        // Whoever is woken may ask again: the newcomers have nothing yet, and stay.
        void wake() noexcept {
            for (;;) {
                const auto next =
                    std::ranges::find_if(waiting, [](asker* a) { return a->got.has_value(); });
                if (next == waiting.end()) return;
                asker* one = *next;
                waiting.erase(next);
                one->place.interrupt();
            }
        }

        const loop_ref loop;
        const fetcher fetch;
        const renewal how;
        std::optional<T> value;
        // Of value.
        std::int64_t ends_ns = 0;
        std::int64_t renew_ns = 0;
        // Somebody has it who was not refused before, and may come back with it refused.
        bool offered = false;
        bool running = false;
        std::int64_t begun_ns = 0;
        std::list<asker*> waiting;
    };

    // Stands in the list until it is woken, or goes.
    struct enlisted {
        enlisted(state& of, asker& a) : in(of), who(a) { in.waiting.push_back(&who); }
        enlisted(const enlisted&) = delete;
        enlisted& operator=(const enlisted&) = delete;
        ~enlisted() { in.waiting.remove(&who); }
        state& in;
        asker& who;
    };

    static void begin(const std::shared_ptr<state>& s) {
        auto work = s->fetch(later(now_ns(), s->how.time_limit.count()));
        s->running = true;
        s->begun_ns = s->how.now();
        start(
            std::move(work),
            [s](result<lease<T>> got) noexcept { s->end(std::move(got)); },
            [s](const std::exception_ptr& why) noexcept {
                try {
                    std::rethrow_exception(why);
                } catch (...) {
                    s->end(current_exception_as_error("fetching credentials"));
                }
            }
        );
    }

    static task<result<T>> ask(std::shared_ptr<state> s, bool refused, std::int64_t deadline_ns) {
        if (refused && s->offered && !s->running) s->value.reset();
        if (!s->due() || (s->valid() && s->running && !refused)) co_return s->hand_out(refused);
        asker self(s->loop, refused);
        const enlisted entry(*s, self);
        if (!s->running) begin(s);
        while (!self.got) {
            const wake why = co_await self.place.sleep_until(deadline_ns);
            if (why == wake::timeout && !self.got) {
                co_return error{
                    .kind = status::query_timeout,
                    .message = "the time limit passed while waiting for credentials"};
            }
        }
        co_return std::move(*self.got);
    }

    std::shared_ptr<state> state_;
};

}  // namespace qry::auth
