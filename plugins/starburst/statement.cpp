#include "statement.hpp"

#include <qry/clock.hpp>
#include <qry/kit/json/reader.hpp>

#include "error.hpp"

namespace qry::starburst {

namespace {

// How long the server may take to hear that a query is not wanted any more.
constexpr std::int64_t stop_time = 1'000 * millisecond;

}  // namespace

statement::statement(server_link& link, std::string trace)
    : link_(link), trace_(std::move(trace)), ahead_(link.loop) {}

http::request statement::request_for(std::string method, std::string url) const {
    http::request out;
    out.method = std::move(method);
    out.url = std::move(url);
    out.headers = link_.headers;
    out.trace = trace_;
    return out;
}

task<result<void>> statement::begin(std::string_view sql, std::int64_t deadline_ns) {
    sql_ = sql;
    sent_ = request_for("POST", link_.origin + "/v1/statement");
    link_.state.add_to(sent_.headers);
    sent_.headers.push_back({"Content-Type", "text/plain; charset=utf-8"});
    sent_.body = sql_;
    sent_.deadline_ns = deadline_ns;
    sending_ = true;
    auto reply = co_await link_.client.send(sent_);
    sending_ = false;
    if (!reply) co_return std::move(reply).error();
    auto taken = take(std::move(*reply));
    begun_ = true;
    if (taken) ask_ahead(deadline_ns);
    co_return std::move(taken);
}

// A page that cannot be read leaves the statement with the address of the one before it, so that it
// can still be stopped.
result<void> statement::take(http::response reply) {
    if (reply.status != 200) return status_error(reply);
    link_.state.take(reply.headers);
    body_ = std::move(reply.body);
    body_.append(json::padding, ' ');
    const auto text = std::string_view(body_).substr(0, body_.size() - json::padding);
    auto read = read_page(reply_, text, sql_);
    if (!read) return std::move(read).error();
    // Each request carries the login.
    const std::string& next = read->next_uri;
    if (!next.empty() && !http::same_origin(next, link_.origin)) {
        return next_elsewhere(next, link_.origin);
    }
    page_ = std::move(*read);
    return {};
}

void statement::ask_ahead(std::int64_t deadline_ns) {
    if (page_.next_uri.empty()) return;
    asked_ = request_for("GET", page_.next_uri);
    asked_.deadline_ns = deadline_ns;
    ahead_.run(link_.client.send(asked_));
}

task<bool> statement::wait_ahead(std::int64_t until_ns) {
    return ahead_.wait(until_ns);
}

task<result<void>> statement::follow(std::int64_t deadline_ns) {
    if (!ahead_.running() && !ahead_.here()) ask_ahead(deadline_ns);
    co_await ahead_.settle();
    auto reply = ahead_.take();
    if (!reply) co_return std::move(reply).error();
    auto taken = take(std::move(*reply));
    if (taken) ask_ahead(deadline_ns);
    co_return std::move(taken);
}

void statement::interrupt() noexcept {
    if (sending_) link_.client.interrupt(sent_);
    if (ahead_.running()) link_.client.interrupt(asked_);
}

task<void> statement::stop() {
    if (page_.next_uri.empty()) co_return;
    http::request what = request_for("DELETE", page_.next_uri);
    interrupt();
    co_await ahead_.settle();
    what.deadline_ns = now_ns() + stop_time;
    // What it answers changes nothing: a query that the server does not know has ended.
    (void)co_await link_.client.send(what);
    page_.next_uri.clear();
}

}  // namespace qry::starburst
