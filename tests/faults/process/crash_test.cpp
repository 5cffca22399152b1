// Plugins that die, or leave a verb by another way than returning: their own calls fail with a
// typed error, the next call is served by a new worker, nobody else notices.
#include "worker_rig.hpp"

namespace qry::test {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> deaths = {
    "segv", "abort", "bus", "fpe", "ill", "stack", "exit", "_exit", "terminate"};
const std::vector<std::string> ways_out = {"throw", "throw_int", "foreign", "longjmp"};

struct site {
    const char* driver;
    const char* place;
    // Whether the parameter carries the fault, not the statement.
    bool by_parameter;
};
// close and alive come between queries; release after the rows were copied or handed over.
const std::vector<site> sites = {
    {"faulty", "execute", false},
    {"faulty", "next", false},
    {"faulty", "reset", false},
    {"faulty", "thread", false},
    {"faulty", "release", false},
    {"faulty", "cancel", false},
    {"faulty", "connect", true},
    {"faulty", "test", true},
    {"faulty", "introspect", true},
    {"faulty", "alive", true},
    {"faulty", "close", true},
    {"faulty_async", "execute", false},
    {"faulty_async", "next", false},
    {"faulty_async", "reset", false},
    {"faulty_async", "callback", false},
    {"faulty_async", "cancel", false},
    {"faulty_async", "connect", true},
};

// Strikes once and says what the caller heard.
asked strike_at(host& in, datasource& healthy, const site& at, const std::string& kind) {
    const std::string place = at.place;
    if (!at.by_parameter) {
        // Long enough for a crash on a busy machine, but the cancel has to come.
        return ask_query(healthy, fault_sql(place, kind), place == "cancel" ? 150ms : 5000ms);
    }
    auto spec = faulty_spec("struck", at.driver, place + " " + kind);
    const datasource_ptr struck = make_source(in, std::move(spec));
    asked heard;
    if (place == "test") {
        heard = ask_test(*struck);
    } else if (place == "introspect") {
        heard = ask_schema(*struck, 5000ms);
    } else {
        heard = ask_query(*struck, good_sql(), 5000ms);
        if (place == "alive") heard = ask_query(*struck, good_sql(), 5000ms);
    }
    const auto gone = wait<void>([&](auto done) { in.remove("struck", std::move(done)); });
    REQUIRE(gone);
    return heard;
}

// Places whose caller must hear of a death, because it cannot have its answer yet.
bool must_be_heard(const site& at) {
    const std::string place = at.place;
    return place == "execute" || place == "next" || place == "connect" || place == "test" ||
           place == "introspect";
}

void strike_all(const std::string& row, const std::vector<std::string>& kinds, int rounds) {
    const auto host = open_isolated("process");
    bystanders others(*host);
    const datasource_ptr blocking = make_source(*host, faulty_spec("blocking"), 3);
    const datasource_ptr async = make_source(*host, faulty_spec("async", "faulty_async"), 3);
    REQUIRE(next_success(*blocking));
    REQUIRE(next_success(*async));
    timings recovery;
    tally unexpected;
    std::size_t crashed = 0;
    for (int round = 0; round < rounds; ++round) {
        for (const site& at : sites) {
            for (const std::string& kind : kinds) {
                const std::string what =
                    std::string(at.driver) + " " + at.place + " " + kind + ": ";
                datasource& healthy = at.driver == std::string("faulty") ? *blocking : *async;
                const asked heard = strike_at(*host, healthy, at, kind);
                const auto again = next_success(healthy);
                if (again) recovery.add(*again);
                if (heard.failure && heard.failure->kind == status::plugin_crashed) ++crashed;
                if (!again) {
                    unexpected.failed(what + "no success after it");
                } else if (heard.failure && heard.failure->message.empty()) {
                    unexpected.failed(what + "an error without words");
                } else if (row == "row 1" && must_be_heard(at) && (!heard.failure || heard.failure->kind != status::plugin_crashed)) {
                    unexpected.failed(what + heard.text());
                } else {
                    unexpected.tried();
                }
            }
        }
    }
    print_figure(
        row,
        "unexpected outcomes " + std::to_string(unexpected.failures()) + " of " +
            std::to_string(unexpected.count()) + ", PluginCrashed " + std::to_string(crashed)
    );
    print_figure(row, "crash to next success " + recovery.text());
    others.expect_unhurt(row);
    INFO(unexpected.examples());
    CHECK(unexpected.failures() == 0);
}

int rounds_of(std::size_t one_round) {
    const int wanted = runs(1);
    return std::max(1, (wanted + static_cast<int>(one_round) - 1) / static_cast<int>(one_round));
}

}  // namespace

TEST_CASE("a plugin that dies, in nine ways and everywhere, takes only its own calls along") {
    strike_all("row 1", deaths, rounds_of(deaths.size() * sites.size()));
}

TEST_CASE("exceptions and longjmp out of a verb never reach the host") {
    strike_all("row 2", ways_out, rounds_of(ways_out.size() * sites.size()));
}

TEST_CASE("the time from a crash to the next success, when nothing else runs") {
    const auto host = open_isolated("process");
    const datasource_ptr source = make_source(*host, faulty_spec("faulty"));
    REQUIRE(next_success(*source));
    timings recovery;
    for (int i = 0; i < runs(30); ++i) {
        const asked heard = ask_query(*source, fault_sql("execute", "segv"), 5000ms);
        INFO(heard.text());
        REQUIRE(heard.failure);
        CHECK(heard.failure->kind == status::plugin_crashed);
        const auto again = next_success(*source);
        REQUIRE(again);
        recovery.add(*again);
    }
    print_figure("row 1", "crash to next success, otherwise idle: " + recovery.text());
    CHECK(recovery.at(0.99) <= limit(25ms));
}

TEST_CASE("a statement that killed its worker twice is refused by name, others go on") {
    const auto host = open_isolated("process");
    const datasource_ptr source = make_source(*host, faulty_spec("faulty"));
    const std::string text = fault_sql("execute", "segv");
    for (int i = 0; i < 2; ++i) {
        const asked heard = ask_query(*source, text, 5000ms);
        REQUIRE(heard.failure);
        CHECK(heard.failure->kind == status::plugin_crashed);
        REQUIRE(next_success(*source));
    }
    const asked refused = ask_query(*source, text, 5000ms);
    REQUIRE(refused.failure);
    INFO(refused.text());
    CHECK(refused.failure->from == origin::host);
    CHECK(next_success(*source));
}

}  // namespace qry::test
