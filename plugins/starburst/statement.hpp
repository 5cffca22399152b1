// One query at the server, followed from reply to reply.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qry/background.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

#include "page.hpp"
#include "session_state.hpp"

namespace qry::starburst {

// Where statements go and what each request carries.
struct server_link {
    http::client& client;
    loop_ref loop;
    // "https://trino.example.com:443", without a slash at the end.
    std::string origin;
    // The user, the source, the capabilities: what does not change in a session.
    std::vector<http::header> headers;
    session_state& state;
};

// The next reply is asked for as soon as one has come, so that the server works while its rows are
// decoded. A statement must be ended (finished, or stopped) before it is destroyed.
class statement {
public:
    // `trace` goes into the log beside each request.
    statement(server_link& link, std::string trace);
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;
    ~statement() = default;

    // Sends it and takes the first reply. The request is never sent twice once the server may have
    // it.
    [[nodiscard]] task<result<void>> begin(std::string_view sql, std::int64_t deadline_ns);
    // Takes the next reply. There must be one: !ended().
    [[nodiscard]] task<result<void>> follow(std::int64_t deadline_ns);
    // Waits until the next reply is here, or for `until_ns`; true = it is.
    [[nodiscard]] task<bool> wait_ahead(std::int64_t until_ns);

    [[nodiscard]] page& now() noexcept { return page_; }
    [[nodiscard]] const page& now() const noexcept { return page_; }
    // The reply that now() was read from.
    [[nodiscard]] json::document& reply() noexcept { return reply_; }
    // No reply will follow: it succeeded, failed or was stopped.
    [[nodiscard]] bool ended() const noexcept { return begun_ && page_.next_uri.empty(); }
    // The server may know the query and did not tell its name yet: interrupting loses it.
    [[nodiscard]] bool nameless() const noexcept { return sending_; }
    // How long a query that nobody wants may take to be given a name, so that it can be ended.
    static constexpr std::int64_t naming_time = 1'000'000'000;

    // Breaks off what is waited for; the statement is still to be stopped. A nameless one is lost.
    void interrupt() noexcept;
    // Ends it at the server (DELETE) and forgets what was asked for ahead. Takes at most about a
    // second; a server that does not answer will find the query abandoned. Does nothing when ended.
    [[nodiscard]] task<void> stop();

private:
    [[nodiscard]] result<void> take(http::response reply);
    void ask_ahead(std::int64_t deadline_ns);
    [[nodiscard]] http::request request_for(std::string method, std::string url) const;

    server_link& link_;
    const std::string trace_;
    std::string sql_;
    std::string body_;
    json::document reply_;
    page page_;
    http::request sent_;
    // The next reply, asked for ahead.
    http::request asked_;
    background<http::response> ahead_;
    bool begun_ = false;
    bool sending_ = false;
};

}  // namespace qry::starburst
