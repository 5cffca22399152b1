#include "exchange.hpp"

#include <chrono>
#include <ctime>

#include <qry/call.hpp>
#include <qry/clock.hpp>
#include <qry/kit/net/lookup.hpp>

namespace qry::http {

namespace {

// Names may come to other addresses; a session asks again after this long.
constexpr std::int64_t names_last_ns = 60'000'000'000;

constexpr int most_breaks = 3;

bool is_redirect(int status) noexcept {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

client::exchange::exchange(impl& owner, const request& asked, const body_sink* sink)
    : owner_(owner),
      asked_(asked),
      sink_(sink),
      place_(owner.loop),
      interrupted_by_(owner.interrupts),
      url_(asked.url),
      retry_(owner.how.retry, static_cast<std::uint64_t>(now_ns()) | 1) {
    owner_.running.push_back(this);
}

client::exchange::~exchange() {
    owner_.running.remove(this);
}

bool client::exchange::may_repeat() const noexcept {
    return asked_.repeatable || asked_.method == "GET" || asked_.method == "HEAD" ||
           asked_.method == "DELETE";
}

error client::exchange::stopped(wake why) const {
    if (why == wake::timeout) {
        return {
            .kind = status::query_timeout,
            .message =
                "the time limit passed while waiting for " + loggable(where_, asked_.secret_url)};
    }
    return {.kind = status::query_cancelled, .message = "the request was cancelled"};
}

task<result<response>> client::exchange::run() {
    auto parts = read_url(url_);
    if (!parts) co_return std::move(parts).error();
    where_ = first_ = std::move(*parts);
    for (;;) {
        const std::int64_t begun = now_ns();
        auto outcome = co_await try_once();
        report(outcome, begun);
        if (cancelled_) co_return stopped(wake::interrupted);
        if (outcome && outcome->status == 401 && owner_.authorize && !login_refused_ &&
            !asked_.anonymous && !sunk_) {
            login_refused_ = true;
            continue;
        }
        if (outcome && is_redirect(outcome->status)) {
            auto followed = follow(*outcome);
            if (!followed) co_return std::move(followed).error();
            if (*followed) continue;
        }
        const auto wait = wait_before_next(outcome);
        if (!wait) {
            if (outcome) outcome->tries = retry_.tries();
            co_return std::move(outcome);
        }
        auto rested = co_await rest(*wait);
        if (!rested) co_return std::move(rested).error();
    }
}

std::optional<std::chrono::nanoseconds> client::exchange::wait_before_next(
    const result<response>& outcome
) {
    if (sunk_) return std::nullopt;
    if (!outcome) {
        // A connection that breaks again and again is not an accident.
        const bool again = broke_early_ && may_repeat() && retry_.tries() < most_breaks;
        if (!again) return std::nullopt;
        return retry_.next(std::nullopt, now_ns(), asked_.deadline_ns);
    }
    // A server that is busy has done nothing, whatever the method.
    if (!retry_.repeats(outcome->status)) return std::nullopt;
    const auto wish = read_retry_after(outcome->find("Retry-After"), std::time(nullptr));
    return retry_.next(wish, now_ns(), asked_.deadline_ns);
}

task<result<void>> client::exchange::rest(std::chrono::nanoseconds span) {
    const std::int64_t until = now_ns() + span.count();
    for (;;) {
        const wake why = co_await place_.sleep_until(until);
        if (cancelled_) co_return stopped(wake::interrupted);
        if (why == wake::timeout) co_return result<void>();
    }
}

// True = url_ is another one now.
result<bool> client::exchange::follow(const response& answer) {
    const std::string location(answer.find("Location"));
    if (location.empty()) return false;
    const std::string target = resolve_url(url_, location);
    auto to = read_url(target);
    const std::string from = loggable(where_, asked_.secret_url);
    if (!to || to->scheme != where_.scheme) {
        return error{
            .kind = status::permission_denied,
            .message = from + " redirects to another kind of address, which is not followed"};
    }
    const bool safe = asked_.method == "GET" || asked_.method == "HEAD";
    if (redirects_ >= asked_.max_redirects || !safe) {
        return error{
            .kind = status::permission_denied,
            .message = from + " redirects to " + loggable(*to, true) +
                       (asked_.max_redirects == 0 || !safe ? ", which is not followed"
                                                           : ": too many redirects"),
            .hint = "If that is where the server is, give its address."};
    }
    ++redirects_;
    url_ = target;
    where_ = std::move(*to);
    return true;
}

task<result<void>> client::exchange::find_addresses() {
    resolve_host_ = where_.host;
    resolve_port_ = where_.port;
    if (!owner_.how.proxy.empty()) {
        auto proxy = read_url(
            owner_.how.proxy.find("://") == std::string::npos ? "http://" + owner_.how.proxy
                                                              : owner_.how.proxy
        );
        if (!proxy) co_return std::move(proxy).error();
        resolve_host_ = proxy->host;
        resolve_port_ = proxy->port;
    }
    addresses_.clear();
    if (net::is_numeric_address(resolve_host_)) co_return result<void>();
    const auto known = owner_.names.find(resolve_host_);
    if (known != owner_.names.end() && known->second.until_ns > now_ns()) {
        addresses_ = known->second.addresses;
        co_return result<void>();
    }
    auto found = co_await net::look_up(place_, resolve_host_, asked_.deadline_ns);
    if (!found) {
        if (now_ns() >= asked_.deadline_ns) co_return stopped(wake::timeout);
        co_return std::move(found).error();
    }
    addresses_ = std::move(*found);
    owner_.names[resolve_host_] = {addresses_, now_ns() + names_last_ns};
    co_return result<void>();
}

task<result<response>> client::exchange::try_once() {
    broke_early_ = false;
    auto found = co_await find_addresses();
    if (!found) co_return std::move(found).error();
    const bool ours = where_.same_origin(first_);
    authorization_.clear();
    if (owner_.authorize && !asked_.anonymous && ours) {
        auto value = co_await owner_.authorize(login_refused_);
        if (!value) co_return std::move(value).error();
        authorization_ = std::move(*value);
    }
    if (cancelled_) co_return stopped(wake::interrupted);
    place_.clear_interrupt();
    transfer t(
        owner_.transfers,
        place_,
        {.asked = asked_,
         .how = owner_.how,
         .where = where_,
         .url = url_,
         .authorization = &authorization_,
         .addresses = addresses_,
         .resolve_host = resolve_host_,
         .resolve_port = resolve_port_,
         .streaming = sink_ != nullptr}
    );
    if (!t.begin()) {
        co_return error{
            .kind = status::resource_limit, .message = "libcurl could not start a transfer"};
    }
    auto carried = co_await carry_out(t);
    if (!carried) co_return std::move(carried).error();
    co_return t.take_answer();
}

task<result<void>> client::exchange::carry_out(transfer& t) {
    for (;;) {
        if (cancelled_) co_return stopped(wake::interrupted);
        // What will be tried again, or followed, is kept: it is small, and the sink must not see
        // it.
        const bool final = t.status() != 0 && !is_redirect(t.status()) && t.status() != 401 &&
                           !retry_.repeats(t.status());
        if (sink_ != nullptr && final) {
            const std::string piece = t.take_piece();
            if (!piece.empty()) {
                sunk_ = true;
                if (!co_await (*sink_)(piece)) co_return stopped(wake::interrupted);
                continue;
            }
        }
        if (t.done()) break;
        const wake why = co_await place_.sleep_until(asked_.deadline_ns);
        if (why == wake::timeout && !t.done()) co_return stopped(wake::timeout);
    }
    broke_early_ = t.broke_early();
    if (auto why = t.failure()) co_return std::move(*why);
    co_return result<void>();
}

void client::exchange::report(const result<response>& outcome, std::int64_t begun_ns) const {
    const qry_host* host = host_services();
    if (host == nullptr || host->log_level() < QRY_LOG_DEBUG) return;
    std::string line = asked_.method + ' ' + loggable(where_, asked_.secret_url) + ": ";
    if (outcome) {
        line += std::to_string(outcome->status) + ", " + std::to_string(outcome->body.size()) +
                " bytes";
    } else {
        line += outcome.error().message;
    }
    line += ", " + std::to_string((now_ns() - begun_ns) / millisecond) + " ms";
    if (!asked_.trace.empty()) line += ", query " + asked_.trace;
    log(QRY_LOG_DEBUG, line.c_str());
}

}  // namespace qry::http
