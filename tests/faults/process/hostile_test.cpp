// Workers that hand over nonsense: refused before anybody reads it, in words, and never a crash
// here.
#include "worker_rig.hpp"

namespace qry::test {
namespace {

using namespace std::chrono_literals;

struct lie {
    const char* place;
    const char* kind;
};
// Nobody may take these for rows.
const std::vector<lie> lies = {
    {"next", "negative_length"}, {"next", "negative_child"}, {"next", "long_child"},
    {"next", "rows_2g"},         {"next", "mismatch"},       {"next", "negative_offset"},
    {"next", "huge_offset"},     {"next", "negative_text"},  {"next", "falling_text"},
    {"next", "long_text"},       {"next", "bad_utf8"},       {"next", "surrogate"},
    {"next", "no_buffers"},      {"next", "null_buffer"},    {"next", "null_count"},
    {"next", "few_children"},    {"next", "many_children"},  {"next", "few_buffers"},
    {"next", "null_child"},      {"next", "foreign_buffer"}, {"next", "no_complete"},
    {"execute", "no_format"},    {"execute", "bad_format"},  {"execute", "null_format"},
    {"execute", "noise"},        {"execute", "no_complete"}, {"execute", "closeall"},
};
// Broken promises that may go well: then the rows are right.
const std::vector<lie> slips = {
    {"next", "twice"},
    {"next", "wrong_thread"},
    {"next", "double_release"},
    {"next", "released_child"},
    {"execute", "twice"},
    {"execute", "wrong_thread"},
    {"execute", "garbage"},
    {"execute", "bad_name"},
    {"reset", "twice"},
    {"reset", "no_complete"},
};

}  // namespace

TEST_CASE("what cannot be true is refused, and the next query is served") {
    const auto host = open_isolated("process");
    bystanders others(*host);
    tally outcomes;
    for (const char* driver : {"faulty", "faulty_async"}) {
        const datasource_ptr source = make_source(*host, faulty_spec(driver, driver));
        const auto tell = [&](const lie& one, bool may_go_well) {
            const std::string what = std::string(driver) + " " + one.place + " " + one.kind + ": ";
            const asked heard = ask_query(*source, fault_sql(one.place, one.kind), 1s);
            if (!heard.failure && !may_go_well) {
                outcomes.failed(what + "believed");
            } else if (heard.failure && heard.failure->message.empty()) {
                outcomes.failed(what + "an error without words");
            } else if (!next_success(*source)) {
                outcomes.failed(what + "no success after it");
            } else {
                outcomes.tried();
            }
        };
        for (const lie& one : lies)
            tell(one, false);
        for (const lie& one : slips)
            tell(one, true);
    }
    print_figure(
        "row 6",
        "lies believed or not survived: " + std::to_string(outcomes.failures()) + " of " +
            std::to_string(outcomes.count())
    );
    others.expect_unhurt("row 6");
    INFO(outcomes.examples());
    CHECK(outcomes.failures() == 0);
}

TEST_CASE("values that are strange but true arrive as they are") {
    const auto host = open_isolated("process");
    const datasource_ptr source = make_source(*host, faulty_spec("faulty"));
    const auto numbers = run(*source, sql(fault_sql("next", "not_a_number")));
    INFO(say(numbers));
    REQUIRE(numbers);
    REQUIRE(numbers->size() == 3);
    CHECK((*numbers)[0][2].find("nan") != std::string::npos);
    CHECK((*numbers)[1][2].find("inf") != std::string::npos);
    CHECK((*numbers)[2][2].find("-inf") != std::string::npos);
    const auto text = run(*source, sql(fault_sql("next", "nul")));
    INFO(say(text));
    REQUIRE(text);
    CHECK((*text)[0][1] == std::string("\0ow 1", 5));
}

TEST_CASE("a batch that is still being written is a batch like any other, or an error") {
    const auto host = open_isolated("process");
    const datasource_ptr source = make_source(*host, faulty_spec("faulty"));
    tally outcomes;
    for (int i = 0; i < 20; ++i) {
        const auto outcome = run(*source, sql(fault_sql("next", "write_after")));
        // All that was written is ASCII below 0x80 or not UTF-8; the numbers beside it hold.
        const bool whole = outcome && outcome->size() == 3 && (*outcome)[2][0] == "3";
        whole || !outcome ? outcomes.tried() : outcomes.failed(say(outcome));
        REQUIRE(next_success(*source));
    }
    CHECK(outcomes.failures() == 0);
    CHECK(outcomes.count() == 20);
}

}  // namespace qry::test
