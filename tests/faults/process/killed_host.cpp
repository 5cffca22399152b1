// A host with many queries in flight, to be killed: faults_killed_host PORT COUNT.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include <qry/host.hpp>

int main(int argc, char** argv) {
    if (argc != 3) return EXIT_FAILURE;
    qry::host_options options;
    options.registry = ":memory:";
    options.jwt_secret_key = qry::secret("key");
    options.isolation = "process";
    auto host = qry::host::open(std::move(options));
    if (!host) return EXIT_FAILURE;
    qry::datasource_spec spec;
    spec.name = "pg";
    spec.driver = "postgresql";
    spec.params = {
        {"host", "127.0.0.1"}, {"port", argv[1]}, {"user", "postgres"}, {"dbname", "postgres"}};
    spec.pool_max_size = std::atoi(argv[2]);
    auto source = qry::wait<qry::datasource_ptr>([&](auto done) {
        (*host)->create(std::move(spec), std::move(done));
    });
    if (!source) return EXIT_FAILURE;
    for (int i = 0; i < std::atoi(argv[2]); ++i) {
        qry::query what;
        what.sql = "select pg_sleep(600) /* orphan */";
        what.timeout = std::chrono::minutes(10);
        (void)(*source)->execute(std::move(what), [](qry::result<qry::result_ptr>) {});
    }
    for (;;)
        ::pause();
}
