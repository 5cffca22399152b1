// Plugins that eat the machine: memory, descriptors, threads, processes, the temporary folder, the
// log. The worker pays, not the host. This program is run with small caps (CMakeLists.txt).
#include <unistd.h>
#include <csignal>

#include "worker_rig.hpp"

namespace qry::test {
namespace {

using namespace std::chrono_literals;

struct runaway {
    const char* kind;
    // Killed or refused at a cap; the others may end well, too.
    bool must_fail;
};
const std::vector<runaway> runaways = {
    {"memory", true},
    {"fds", false},
    {"threads", false},
    {"forks", false},
    {"fill", false},
    {"stderr64", false},
    {"log", false},
};

}  // namespace

TEST_CASE("a runaway ends at its cap, with a typed error, and the host stays as it was") {
    const auto host = open_isolated("process");
    bystanders others(*host);
    const datasource_ptr source = make_source(*host, faulty_spec("faulty"));
    REQUIRE(next_success(*source));
    const std::size_t resident = resident_kilobytes();
    const std::size_t descriptors = descriptor_count();
    for (const runaway& one : runaways) {
        const asked heard = ask_query(*source, fault_sql("execute", one.kind), 30s);
        INFO(one.kind << ": " << heard.text());
        print_figure(
            "row 5",
            std::string(one.kind) + ": " + heard.text().substr(0, 120) + ", after " +
                std::to_string(static_cast<int>(heard.took.count())) + " ms"
        );
        if (one.must_fail) {
            REQUIRE(heard.failure);
            const status kind = heard.failure->kind;
            CHECK((kind == status::resource_limit || kind == status::plugin_crashed));
        }
        CHECK(heard.took < 30s);
        CHECK(next_success(*source));
    }
    const std::size_t now = resident_kilobytes();
    print_figure(
        "row 5",
        "resident memory of the host: " + std::to_string(resident) + " kB before, " +
            std::to_string(now) + " kB after"
    );
    others.expect_unhurt("row 5");
    CHECK(now < resident + 32 * 1024);
    CHECK(eventually([&] { return descriptor_count() <= descriptors + 16; }));
}

TEST_CASE("a plugin starts no processes, and none outlives its worker") {
    const auto host = open_isolated("process");
    const datasource_ptr source = make_source(*host, faulty_spec("faulty"));
    REQUIRE(next_success(*source));
    const auto figures = wait<host_stats>([&](auto done) { host->stats(std::move(done)); });
    REQUIRE(figures);
    REQUIRE(figures->workers.size() == 1);
    const pid_t worker = figures->workers[0].pid;
    const asked heard = ask_query(*source, fault_sql("execute", "forks"), 30s);
    INFO(heard.text());
    const std::size_t started = group_size(worker) - 1;
    print_figure("row 5", "fork bomb of 100: " + std::to_string(started) + " processes started");
    // Sanitizers need a process of their own, so there the kernel lets them through.
    if (!sanitized) CHECK(started == 0);
    ::kill(worker, SIGKILL);
    CHECK(eventually([&] { return group_size(worker) == 0; }));
}

TEST_CASE("a gigabyte on standard error costs neither the host's memory nor its log") {
    const auto host = open_isolated("process");
    const datasource_ptr source = make_source(*host, faulty_spec("faulty"));
    REQUIRE(next_success(*source));
    const std::size_t resident = resident_kilobytes();
    const asked heard =
        ask_query(*source, fault_sql("execute", runs(1) >= 1000 ? "stderr1024" : "stderr64"), 60s);
    INFO(heard.text());
    CHECK(next_success(*source));
    CHECK(resident_kilobytes() < resident + 32 * 1024);
}

}  // namespace qry::test
