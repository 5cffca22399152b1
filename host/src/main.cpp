#include "cli/run.hpp"

int main(int argc, char** argv) { return qry::cli::run(argc, argv); }
