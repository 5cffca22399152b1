#include "worker_rig.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace qry::test {

namespace {

std::string next_number() {
    static std::atomic<int> number{0};
    return std::to_string(++number);
}

}  // namespace

postgres_server& server() {
    static const std::unique_ptr<postgres_server> started =
        postgres_server::start("max_connections = 200");
    return *started;
}

datasource_spec faulty_spec(
    const std::string& name, const std::string& driver, const std::string& fault
) {
    datasource_spec spec;
    spec.name = name;
    spec.driver = driver;
    if (!fault.empty()) spec.params["fault"] = fault;
    return spec;
}

std::string fault_sql(const std::string& place, const std::string& kind) {
    return "fault " + place + " " + kind + " " + next_number();
}

std::string good_sql() {
    return "one " + next_number();
}

bystanders::bystanders(host& in) {
    const rows one = {{"1", "row 1", "0.5"}};
    const auto watch = [&](datasource_spec spec, const std::string& text, const rows& expected) {
        const datasource_ptr source = make_source(in, std::move(spec), 2);
        const auto first = run(*source, sql(text));
        INFO(say(first));
        REQUIRE(first);
        REQUIRE(*first == expected);
        loads_.push_back(std::make_unique<steady_load>(source, text, expected));
    };
    watch(sqlite_spec("bystander-sqlite"), "select 1", {{"1"}});
    watch(postgresql_spec("bystander-postgresql", server().port()), "select 2", {{"2"}});
    watch(faulty_spec("bystander-plugin", "clash_three"), "helper", {{"clash_three"}});
}

void bystanders::expect_unhurt(const std::string& row) {
    for (auto& load : loads_)
        load->stop();
    std::size_t failed = 0;
    std::size_t count = 0;
    for (const auto& load : loads_) {
        failed += load->outcomes().failures();
        count += load->outcomes().count();
        INFO(load->outcomes().examples());
        CHECK(load->outcomes().failures() == 0);
        CHECK(load->outcomes().count() > 0);
    }
    print_figure(
        row,
        "collateral failures " + std::to_string(failed) + " of " + std::to_string(count) +
            " queries on three others; SQLite " + loads_[0]->latency().text()
    );
}

std::string asked::text() const {
    if (!failure) return "ok";
    return std::string(kind_name(failure->kind)) + ": " + failure->message;
}

asked ask_query(datasource& on, std::string text, duration timeout) {
    const auto begin = clock_type::now();
    const auto outcome = run(on, sql_within(std::move(text), timeout));
    const milliseconds took = clock_type::now() - begin;
    if (outcome) return {std::nullopt, took};
    return {outcome.error(), took};
}

asked ask_test(datasource& on) {
    const auto begin = clock_type::now();
    const auto report = wait<test_report>([&](auto done) {
        (void)on.test([](const test_step_report&) {}, std::move(done));
    });
    const milliseconds took = clock_type::now() - begin;
    if (!report) return {report.error(), took};
    return {report->failure, took};
}

asked ask_schema(datasource& on, duration patience) {
    auto promise = std::make_shared<std::promise<result<schema_diff>>>();
    auto answer = promise->get_future();
    const auto begin = clock_type::now();
    const operation_ptr refresh = on.refresh_schema(
        [](const refresh_progress&) {},
        [promise](result<schema_diff> changed) { promise->set_value(std::move(changed)); }
    );
    if (answer.wait_for(patience) != std::future_status::ready) refresh->cancel();
    const auto changed = answer.get();
    const milliseconds took = clock_type::now() - begin;
    if (changed) return {std::nullopt, took};
    return {changed.error(), took};
}

std::optional<milliseconds> next_success(datasource& on, duration patience) {
    const auto begin = clock_type::now();
    const bool there = eventually(
        [&] { return static_cast<bool>(run(on, sql_within(good_sql(), std::chrono::seconds(5)))); },
        patience
    );
    if (!there) return std::nullopt;
    return clock_type::now() - begin;
}

namespace {

struct process_line {
    pid_t id = 0;
    pid_t parent = 0;
    pid_t group = 0;
};

// Zombies are gone.
std::vector<process_line> living_processes() {
    std::vector<process_line> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        process_line one{.id = std::atoi(entry.path().filename().c_str())};
        std::ifstream stat(entry.path() / "stat");
        std::string line;
        if (one.id <= 0 || !std::getline(stat, line)) continue;
        // "PID (name) S PPID PGRP …"; a name may hold blanks and parentheses.
        const std::size_t at = line.rfind(')');
        if (at == std::string::npos || line.size() < at + 4 || line[at + 2] == 'Z') continue;
        std::istringstream(line.substr(at + 3)) >> one.parent >> one.group;
        found.push_back(one);
    }
    return found;
}

}  // namespace

std::size_t group_size(pid_t group) {
    const auto all = living_processes();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& one) {
        return one.group == group;
    }));
}

std::vector<pid_t> children_of(pid_t parent) {
    std::multimap<pid_t, pid_t> below;
    for (const process_line& one : living_processes())
        below.emplace(one.parent, one.id);
    std::vector<pid_t> found = {parent};
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto [first, last] = below.equal_range(found[i]);
        for (auto it = first; it != last; ++it)
            found.push_back(it->second);
    }
    found.erase(found.begin());
    return found;
}

}  // namespace qry::test
