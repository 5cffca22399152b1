// Plugins that come and go, with threads of theirs alive: workers end, nothing is left behind.
#include <unistd.h>

#include <fstream>

#include "worker_rig.hpp"

namespace qry::test {

using namespace std::chrono_literals;

TEST_CASE("loading and unloading plugins over and over leaves nothing behind") {
    std::size_t resident = 0;
    std::size_t descriptors = 0;
    std::size_t threads = 0;
    tally queries;
    const int times = runs(10);
    for (int i = 0; i < times; ++i) {
        {
            const auto host = open_isolated("process");
            const datasource_ptr one = make_source(*host, faulty_spec("one", "clash_one"));
            const datasource_ptr two = make_source(*host, faulty_spec("two", "faulty"));
            const auto unique = run(*one, sql("unique"));
            unique&&* unique == rows{{"clash_one"}} ? queries.tried() : queries.failed(say(unique));
            // A thread that the plugin forgets, and that outlives the session.
            const auto alive = run(*two, sql("fault thread block"));
            alive ? queries.tried() : queries.failed(say(alive));
            REQUIRE(wait<void>([&](auto done) { host->close(std::move(done)); }));
        }
        if (i == std::min(times / 2, 20)) {
            resident = resident_kilobytes();
            descriptors = descriptor_count();
            threads = thread_count();
        }
    }
    print_figure(
        "row 10",
        "failed queries " + std::to_string(queries.failures()) + " of " +
            std::to_string(queries.count()) + ", resident " + std::to_string(resident) + " kB to " +
            std::to_string(resident_kilobytes()) + " kB over " + std::to_string(times) + " reloads"
    );
    INFO(queries.examples());
    CHECK(queries.failures() == 0);
    CHECK(eventually([&] { return descriptor_count() <= descriptors; }));
    CHECK(eventually([&] { return thread_count() <= threads; }));
    CHECK(resident_kilobytes() < resident + 8 * 1024);
    const auto worker_left = [] {
        for (const pid_t child : children_of(::getpid())) {
            std::ifstream name("/proc/" + std::to_string(child) + "/comm");
            std::string text;
            std::getline(name, text);
            if (text.rfind("qry-host", 0) == 0) return true;
        }
        return false;
    };
    CHECK(eventually([&] { return !worker_left(); }));
}

}  // namespace qry::test
