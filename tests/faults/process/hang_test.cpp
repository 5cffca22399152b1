// Plugins that do not return: the caller is answered at its limit, the worker is replaced, others
// keep their pace.
#include <csignal>

#include "worker_rig.hpp"

namespace qry::test {
namespace {

using namespace std::chrono_literals;

constexpr auto time_limit = 300ms;

struct hang {
    const char* driver;
    // "connect block" by parameter, or a place and kind by statement.
    const char* place;
    bool by_parameter;
};
const std::vector<hang> hangs = {
    {"faulty", "connect", true},
    {"faulty", "test", true},
    {"faulty", "introspect", true},
    {"faulty", "alive", true},
    {"faulty", "close", true},
    {"faulty", "execute", false},
    {"faulty", "next", false},
    {"faulty", "reset", false},
    {"faulty", "cancel", false},
    {"faulty_async", "connect", true},
    {"faulty_async", "test", true},
    {"faulty_async", "close", true},
    {"faulty_async", "execute", false},
    {"faulty_async", "next", false},
    {"faulty_async", "reset", false},
    {"faulty_async", "callback", false},
    {"faulty_async", "cancel", false},
};

// Every caller of the struck datasource: asked twice, since some places are met only then.
void ask_all(host& in, const hang& at, const std::string& kind, timings& overrun) {
    const std::string place = at.place;
    auto spec = faulty_spec("struck", at.driver, at.by_parameter ? place + " " + kind : "");
    spec.timeout = time_limit;
    const datasource_ptr struck = make_source(in, std::move(spec));
    std::vector<asked> answers;
    if (place == "test") {
        answers.push_back(ask_test(*struck));
    } else if (place == "introspect") {
        answers.push_back(ask_schema(*struck, time_limit));
    } else {
        const std::string text = at.by_parameter ? good_sql() : fault_sql(place, kind);
        answers.push_back(ask_query(*struck, text, time_limit));
        answers.push_back(ask_query(*struck, good_sql(), time_limit));
    }
    for (const asked& answer : answers)
        overrun.add(std::max(milliseconds(0), answer.took - milliseconds(time_limit)));
    const auto gone = wait<void>([&](auto done) { in.remove("struck", std::move(done)); });
    CHECK(gone);
}

void hang_everywhere(const std::vector<std::string>& kinds) {
    const auto host = open_isolated("process");
    bystanders others(*host);
    const datasource_ptr blocking = make_source(*host, faulty_spec("blocking"), 3);
    const datasource_ptr async = make_source(*host, faulty_spec("async", "faulty_async"), 3);
    timings overrun;
    timings recovery;
    for (int round = 0; round < std::max(1, runs(1) / 20); ++round) {
        for (const hang& at : hangs) {
            for (const std::string& kind : kinds) {
                ask_all(*host, at, kind, overrun);
                datasource& healthy = at.driver == std::string("faulty") ? *blocking : *async;
                const auto again = next_success(healthy);
                INFO(at.driver << " " << at.place << " " << kind);
                CHECK(again);
                if (again) recovery.add(*again);
            }
        }
    }
    print_figure("row 3", "overrun past the deadline: " + overrun.text());
    print_figure("row 3", "hang to next success on that plugin: " + recovery.text());
    others.expect_unhurt("row 3");
    CHECK(overrun.at(0.99) <= limit(300ms));
}

}  // namespace

TEST_CASE("a verb that blocks for ever, or spins with all signals blocked, holds nobody") {
    hang_everywhere({"block", "spin"});
}

TEST_CASE("a worker that was stopped, or locks itself out, holds nobody") {
    const auto host = open_isolated("process");
    const datasource_ptr source = make_source(*host, faulty_spec("faulty"), 2);
    timings overrun;
    for (const char* kind : {"stop", "deadlock"}) {
        const asked heard = ask_query(*source, fault_sql("execute", kind), time_limit);
        INFO(kind << ": " << heard.text());
        REQUIRE(heard.failure);
        CHECK(heard.took >= time_limit);
        overrun.add(heard.took - milliseconds(time_limit));
        CHECK(next_success(*source));
    }
    print_figure("row 3", "overrun, stopped and deadlocked: " + overrun.text());
    CHECK(overrun.max() <= limit(300ms));
}

TEST_CASE("a plugin that hangs or dies while it is loaded is an error on time, for it alone") {
    const auto host = open_isolated("process");
    bystanders others(*host);
    timings overrun;
    for (const char* driver :
         {"faulty_constructor_block",
          "faulty_constructor_spin",
          "faulty_constructor_segv",
          "faulty_constructor_throw",
          "faulty_init_block",
          "faulty_init_spin",
          "faulty_init_segv",
          "faulty_init_throw",
          "faulty_get_driver_block",
          "faulty_get_driver_exit"}) {
        const datasource_ptr source = make_source(*host, faulty_spec(driver, driver));
        const asked heard = ask_query(*source, good_sql(), time_limit);
        INFO(driver << ": " << heard.text());
        REQUIRE(heard.failure);
        CHECK_FALSE(heard.failure->message.empty());
        overrun.add(std::max(milliseconds(0), heard.took - milliseconds(time_limit)));
    }
    print_figure("row 3", "overrun, faults of loading: " + overrun.text());
    others.expect_unhurt("row 3, loading");
    CHECK(overrun.max() <= limit(300ms));
}

}  // namespace qry::test
