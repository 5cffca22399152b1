#include "cli/run.hpp"
#include "cli/worker.hpp"

int main(int argc, char** argv) {
    if (qry::cli::is_worker(argc, argv)) return qry::cli::run_worker(argc, argv);
    return qry::cli::run(argc, argv);
}
