// A host that is killed takes its workers along, and they take their queries along.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "worker_rig.hpp"

extern char** environ;

namespace qry::test {
namespace {

std::string running(datasource& observer) {
    const auto counted =
        run(observer,
            sql("select count(*) from pg_stat_activity where state = 'active' and pid <> "
                "pg_backend_pid() and query like 'select pg_sleep(600)%'"));
    return counted ? (*counted)[0][0] : say(counted);
}

pid_t spawn_victim() {
    const std::string port = std::to_string(server().port());
    std::string program = QRY_KILLED_HOST;
    std::string count = "50";
    std::string copy = port;
    char* arguments[] = {program.data(), copy.data(), count.data(), nullptr};
    pid_t child = 0;
    REQUIRE(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, environ) == 0);
    return child;
}

// Ended, whether or not init has taken notice: that may take it seconds.
bool ended(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string line{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = line.rfind(')');
    return name_end == std::string::npos || line.substr(name_end + 2, 1) == "Z";
}

bool gone(const std::vector<pid_t>& all) {
    return std::all_of(all.begin(), all.end(), &ended);
}

}  // namespace

TEST_CASE("a host killed with fifty queries in flight leaves no worker and no query behind") {
    const auto host = open_isolated("inline");
    const datasource_ptr observer =
        make_source(*host, postgresql_spec("observer", server().port()));
    timings workers_gone;
    timings queries_gone;
    for (int i = 0; i < 3; ++i) {
        const pid_t victim = spawn_victim();
        CHECK(eventually([&] { return running(*observer) == "50"; }, std::chrono::seconds(30)));
        const std::vector<pid_t> workers = children_of(victim);
        CHECK_FALSE(workers.empty());
        const auto begin = clock_type::now();
        ::kill(victim, SIGKILL);
        CHECK(eventually([&] { return gone(workers); }));
        workers_gone.add(clock_type::now() - begin);
        CHECK(eventually([&] { return running(*observer) == "0"; }));
        queries_gone.add(clock_type::now() - begin);
        REQUIRE(::waitpid(victim, nullptr, 0) == victim);
    }
    print_figure("row 12", "workers gone after " + workers_gone.text());
    print_figure("row 12", "queries of 50 gone from the server after " + queries_gone.text());
    CHECK(workers_gone.max() <= limit(std::chrono::seconds(1)));
    CHECK(queries_gone.max() <= limit(std::chrono::seconds(2)));
}

}  // namespace qry::test
