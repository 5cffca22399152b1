// Runs `select 1` on one session of the PostgreSQL plugin, inline, on a server of its own:
//
//   bench_postgresql_statements [COUNT]
//
// tests/bench/instructions.py runs it under callgrind.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <qry/conformance/session.hpp>

#include "server.hpp"

namespace {

using namespace qry;

template <class T>
T must(result<T> got) {
    if (got) return std::move(*got);
    std::fprintf(stderr, "error: %s\n", got.error().message.c_str());
    std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    const long count = argc > 1 ? std::stol(argv[1]) : 1000;
    test::throwaway_server& server = test::throwaway_server::shared();
    const auto plugin = must(conformance::loaded_plugin::load(QRY_TEST_PLUGIN));
    const auto session = must(conformance::session::connect(plugin, {.params = server.params()}));
    for (long i = 0; i < count; ++i) {
        if (must(session->query("select 1")).batches.size() != 1) return 1;
        if (!session->reset()) return 1;
    }
}
