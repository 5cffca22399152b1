// A Trino that answers what a test tells it to, and remembers what it was asked.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <qry/conformance/session.hpp>

#include "http_server.hpp"

namespace qry::test {

// What a statement answers: replies in order, each the members of its JSON but for id and nextUri.
struct script_of {
    std::vector<std::string> replies;
    // Called on the server's thread before the first reply is written.
    std::function<void()> before_first{};
    // The last reply is followed by one that never comes.
    bool hangs = false;
    // How a DELETE is answered; 0 = never.
    int stop_status = 204;
    // Of the first reply: "X-Trino-Set-Session: a=b\r\n".
    std::string headers{};
};

// The head of a result with the bigint column "a".
inline const std::string one_column = R"("columns":[{"name":"a","type":"bigint"}])";

class coordinator {
public:
    coordinator();

    // Statements whose text has `part` answer so; the longest part that fits is taken.
    void answer_to(const std::string& part, script_of what);
    // Statements without this authorization are refused, and whatever else is guarded.
    void demand(std::string authorization);
    void guard(std::string path);
    // Asked for this, it says nothing.
    void fall_silent(std::string path);
    // Anything else: "/segment/1" and its body.
    void serve(const std::string& path, std::string body);
    // A GET of it is told to ask there.
    void send_on(const std::string& path, std::string location);

    [[nodiscard]] conformance::datasource source(
        const std::map<std::string, std::string>& changes = {}
    ) const;
    [[nodiscard]] std::string url() const { return server_.url(); }
    // The parts whose statements were ended by DELETE, in order.
    [[nodiscard]] std::vector<std::string> stopped() const;
    // "POST /v1/statement", "GET /segment/1" …: how often.
    [[nodiscard]] int asked(const std::string& what) const;
    // The head of the last request that began like this.
    [[nodiscard]] std::string head_of(const std::string& what) const;
    [[nodiscard]] std::string body_of(const std::string& what) const;

private:
    bool serve_one(connection& by, const received& what);
    bool post(connection& by, const received& what);
    bool follow(connection& by, const std::string& path);
    bool stop(connection& by, const std::string& path);
    [[nodiscard]] received last_of(const std::string& what) const;
    [[nodiscard]] bool lets_in(const std::string& path, const received& what) const;
    [[nodiscard]] std::string reply(const std::string& part, std::size_t number) const;

    mutable std::mutex mutex_;
    // Guarded by mutex_
    std::map<std::string, script_of> scripts_;
    // Their place is their number in "/v1/next/NUMBER/REPLY".
    std::vector<std::string> parts_;
    std::string demanded_;
    std::set<std::string> guarded_{"/v1/statement"};
    std::set<std::string> silent_;
    std::map<std::string, std::string> bodies_;
    std::map<std::string, std::string> elsewhere_;
    std::vector<std::string> stopped_;
    http_server server_;
};

// The plugin under test, loaded once.
const conformance::loaded_plugin& starburst();
// A session there; throws what went wrong.
std::unique_ptr<conformance::session> connect(const conformance::datasource& to);
std::unique_ptr<conformance::session> connect(
    const coordinator& to, const std::map<std::string, std::string>& changes = {}
);
// All rows as {"a": 1, …}; throws the error as text when there is one.
std::vector<std::string> rows_of(result<conformance::table> t);
// Nothing was done that the ABI forbids, and no buffer, watch or timer is left.
void check_rules(conformance::session& s);

}  // namespace qry::test
