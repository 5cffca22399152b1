// One dialogue with a server (connect, rows, an error) over a network that breaks it at every byte,
// slows it or chops it: right rows or a typed network error, never other rows, and the query after
// it works.
#include <atomic>
#include <functional>
#include <mutex>

#include "fault_proxy.hpp"
#include "server.hpp"
#include "sources.hpp"

namespace qry::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* select_rows =
    "select n, 'row ' || n as t, n * 1.5::numeric(9, 2) as v from generate_series(1, 5) n";
const rows right = {
    {"1", "row 1", "1.50"},
    {"2", "row 2", "3.00"},
    {"3", "row 3", "4.50"},
    {"4", "row 4", "6.00"},
    {"5", "row 5", "7.50"}};
constexpr const char* select_error = "select 1 / 0";

// Both sides of the dialogue through the proxy, in order; what is wrong with them, or empty.
class dialogue {
public:
    explicit dialogue(host& in) : host_(in) {}

    // With a datasource of its own, so that the connection is a new one.
    std::string hold(int number, const std::function<void(fault_proxy&)>& strike) {
        const std::string name = "k" + std::to_string(number);
        strike(proxy_);
        const datasource_ptr source = make(name);
        std::string wrong = judge_rows(run(*source, sql(select_rows)));
        if (wrong.empty()) wrong = judge_error(run(*source, sql(select_error)));
        proxy_.set({});
        if (wrong.empty()) wrong = judge_after(run(*source, sql("select 'after'")));
        const auto gone = wait<void>([&](auto done) { host_.remove(name, std::move(done)); });
        if (wrong.empty() && !gone) wrong = "remove: " + gone.error().message;
        return wrong.empty() ? wrong : name + ": " + wrong;
    }
    [[nodiscard]] fault_proxy& proxy() noexcept { return proxy_; }
    // How often the rows arrived, and how often an error did instead.
    [[nodiscard]] int rows_seen() const noexcept { return rows_seen_; }
    [[nodiscard]] int errors_seen() const noexcept { return errors_seen_; }

private:
    datasource_ptr make(const std::string& name) {
        auto made = create(host_, postgresql_spec(name, proxy_.port()));
        if (!made) throw std::runtime_error(made.error().message);
        return *made;
    }
    bool is_network_error(const error& e) {
        ++errors_seen_;
        return e.kind == status::connection_failed && !e.message.empty() && !e.datasource.empty();
    }
    std::string judge_rows(const result<rows>& outcome) {
        if (!outcome) return is_network_error(outcome.error()) ? "" : "rows: " + say(outcome);
        ++rows_seen_;
        return *outcome == right ? "" : "rows: not the right ones";
    }
    std::string judge_error(const result<rows>& outcome) {
        if (outcome) return "error: the server divided by zero";
        if (outcome.error().sqlstate == "22012") return {};
        return is_network_error(outcome.error()) ? "" : "error: " + say(outcome);
    }
    static std::string judge_after(const result<rows>& outcome) {
        if (!outcome) return "after: " + say(outcome);
        return *outcome == rows{{"after"}} ? "" : "after: not the right row";
    }

    host& host_;
    fault_proxy proxy_{server().port()};
    int rows_seen_ = 0;
    int errors_seen_ = 0;
};

// Bytes of the dialogue, to the server and back.
proxy_counts measure(host& in) {
    dialogue one(in);
    const std::string wrong = one.hold(0, [](fault_proxy&) {});
    REQUIRE(wrong.empty());
    return one.proxy().counts();
}

using strike_at = std::function<void(fault_rules&, std::uint64_t)>;

// Strikes after every `stride` of `bytes` bytes, from eight callers at once: a failed connect holds
// up the next one of its datasource for a while.
void strike_everywhere(
    host& in,
    const std::string& what,
    std::uint64_t bytes,
    const strike_at& how,
    std::uint64_t stride = 1
) {
    constexpr std::uint64_t callers = 8;
    tally points;
    std::atomic<int> with_rows{0};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < callers; ++t) {
        threads.emplace_back([&, t] {
            dialogue mine(in);
            for (std::uint64_t k = t * stride; k <= bytes; k += callers * stride) {
                const std::string wrong = mine.hold(static_cast<int>(k), [&](fault_proxy& proxy) {
                    fault_rules rules;
                    how(rules, k);
                    proxy.set_next(rules);
                });
                wrong.empty() ? points.tried() : points.failed(what + " at byte " + wrong);
            }
            with_rows += mine.rows_seen();
        });
    }
    for (auto& thread : threads)
        thread.join();
    print_figure(
        "row 23, " + what,
        "wrong outcomes " + std::to_string(points.failures()) + " of " +
            std::to_string(points.count()) + " bytes; all rows arrived in " +
            std::to_string(with_rows)
    );
    INFO(points.examples());
    CHECK(points.failures() == 0);
    CHECK(points.count() == bytes / stride + 1);
    // The last bytes come after the rows; the first come before.
    CHECK(with_rows > 0);
    CHECK(static_cast<std::size_t>(with_rows) < points.count());
}

}  // namespace

TEST_CASE("a reset at any byte of a dialogue is a typed network error or comes after the rows") {
    const auto host = open_isolated(isolation_under_test());
    const proxy_counts whole = measure(*host);
    strike_everywhere(*host, "reset to the server", whole.to_server, [](auto& rules, auto k) {
        rules.to_server.reset_after = k;
    });
    strike_everywhere(*host, "reset to the client", whole.to_client, [](auto& rules, auto k) {
        rules.to_client.reset_after = k;
    });
}

TEST_CASE("an end at any byte, with the other way still open, is the same") {
    const auto host = open_isolated(isolation_under_test());
    const proxy_counts whole = measure(*host);
    // Each byte costs a connection or three; every one of them is for the long run.
    const std::uint64_t stride = runs(1) >= 1000 ? 1 : 7;
    strike_everywhere(
        *host,
        "half-open to the server",
        whole.to_server,
        [](auto& rules, auto k) { rules.to_server.end_after = k; },
        stride
    );
    strike_everywhere(
        *host,
        "half-open to the client",
        whole.to_client,
        [](auto& rules, auto k) { rules.to_client.end_after = k; },
        stride
    );
}

TEST_CASE("a dialogue in pieces of one byte is the same dialogue") {
    const auto host = open_isolated(isolation_under_test());
    dialogue one(*host);
    for (int i = 0; i < 5; ++i) {
        const std::string wrong = one.hold(i, [](fault_proxy& proxy) {
            fault_rules rules;
            rules.to_client.slice = rules.to_server.slice = 1;
            // A pause after each, so that every read finds one byte.
            rules.to_client.bytes_per_second = 20'000;
            proxy.set(rules);
        });
        CHECK(wrong.empty());
    }
    CHECK(one.rows_seen() == 5);
    CHECK(one.errors_seen() == 0);
}

TEST_CASE("64 kB a second are slow, not wrong") {
    const auto host = open_isolated(isolation_under_test());
    fault_proxy proxy(server().port());
    fault_rules slow;
    slow.to_client.bytes_per_second = slow.to_server.bytes_per_second = 64'000;
    slow.to_client.latency = slow.to_server.latency = 5ms;
    proxy.set(slow);
    const auto source = make_source(*host, postgresql_spec("slow", proxy.port()));
    const auto begin = clock_type::now();
    const auto outcome =
        run(*source, sql("select n, repeat('x', 50) from generate_series(1, 800) n"));
    const milliseconds took = clock_type::now() - begin;
    INFO(say(outcome));
    REQUIRE(outcome);
    REQUIRE(outcome->size() == 800);
    for (std::size_t i = 0; i < outcome->size(); ++i)
        REQUIRE(
            (*outcome)[i] == std::vector<std::string>{std::to_string(i + 1), std::string(50, 'x')}
        );
    const auto bytes = proxy.counts().to_client;
    print_figure(
        "row 23, 64 kB/s",
        std::to_string(bytes) + " bytes in " + std::to_string(took.count()) +
            " ms, wrong rows 0 of 800"
    );
    CHECK(took >= milliseconds(static_cast<double>(bytes) / 64 - 100));
    // The limit applies to a slow network as to any other.
    const auto late = run(*source, sql_within("select repeat('x', 100000)", 300ms));
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == status::query_timeout);
    proxy.set({});
    CHECK(run(*source, sql("select 1")));
}

}  // namespace qry::test
