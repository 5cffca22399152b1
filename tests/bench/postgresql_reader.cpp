// Reads rows through the PostgreSQL plugin, inline, on a server of its own, and says what that
// took:
//
//   bench_postgresql_reader [ROWS] [TIMES] [OPTION=VALUE…]
//
// Options are the datasource's. For each time: milliseconds of wall clock, of this process's CPU
// and of the server's; 7 mixed columns. tests/bench/instructions.py runs it under callgrind.
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <qry/conformance/session.hpp>

#include "server.hpp"

namespace {

using namespace qry;

double cpu_ms() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) / 1e6;
}

// Nanoseconds on a CPU, the first figure of schedstat.
double backend_ms(const std::string& pid) {
    std::ifstream in("/proc/" + pid + "/schedstat");
    double ns = 0;
    in >> ns;
    return ns / 1e6;
}

double wall_ms() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
}

[[noreturn]] void fail(const error& e) {
    std::fprintf(stderr, "error: %s\n", e.message.c_str());
    std::exit(1);
}

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const std::string rows = argc > 1 ? argv[1] : "200000";
    const int times = argc > 2 ? std::atoi(argv[2]) : 1;
    test::throwaway_server& server = test::throwaway_server::shared();
    server.sql(
        "create table mixed as select i::int4 as a, i::int8 * 1000003 as b, i / 7.0::float8 as c, "
        "(i % 1000000)::numeric(12,2) / 4 as raw, 'row ' || i || ' of the table' as e, "
        "timestamptz '2024-01-01' + i * interval '1 s' as f, i % 3 = 0 as g "
        "from generate_series(1, " +
        rows +
        ") i;"
        "alter table mixed alter column raw type numeric(12,2); vacuum analyze mixed"
    );
    conformance::datasource where{.params = server.params()};
    for (int i = 3; i < argc; ++i) {
        const std::string option = argv[i];
        const std::size_t equals = option.find('=');
        where.params[option.substr(0, equals)] = option.substr(equals + 1);
    }
    auto plugin = conformance::loaded_plugin::load(QRY_TEST_PLUGIN);
    if (!plugin) fail(plugin.error());
    const auto book = std::make_shared<conformance::ledger>();
    auto session = conformance::session::connect(
        *plugin,
        where,
        {},
        {.book = book, .memory = std::make_shared<conformance::arena>(book, true)}
    );
    if (!session) fail(session.error());
    const std::string pid = server.sql(
        "select pid from pg_stat_activity where backend_type = 'client backend' and "
        "pid <> pg_backend_pid()"
    );
    std::vector<double> wall, client, backend;
    for (int i = 0; i < times; ++i) {
        const double w = wall_ms();
        const double c = cpu_ms();
        const double b = backend_ms(pid);
        auto head = (*session)->execute("select * from mixed");
        if (!head) fail(head.error());
        std::int64_t got = 0;
        int batches = 0;
        for (;;) {
            auto batch = (*session)->next();
            if (!batch) fail(batch.error());
            if (!*batch) break;
            got += (*batch)->length;
            ++batches;
        }
        wall.push_back(wall_ms() - w);
        client.push_back(cpu_ms() - c);
        backend.push_back(backend_ms(pid) - b);
        if (std::to_string(got) != rows) std::fprintf(stderr, "error: %ld rows\n", got);
        if (times == 1) std::printf("%ld rows in %d batches\n", got, batches);
    }
    std::printf(
        "median of %d: wall %.1f ms, client CPU %.1f ms, server CPU %.1f ms\n",
        times,
        median(wall),
        median(client),
        median(backend)
    );
}
