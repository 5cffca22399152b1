// What an operator may say about workers, read from the environment once per host.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include <qry/result.hpp>

#include "abi/arena.hpp"

namespace qry::supervisor {

struct settings {
    // The qry-host command; empty = beside this library.
    std::filesystem::path program;
    // Resident memory beyond the shared batches, threads and descriptors of one worker.
    std::uint64_t memory_bytes = 1U << 30;
    std::uint64_t threads = 512;
    std::uint64_t descriptors = 3072;
    // Whether plugins may start processes.
    bool processes = false;
    // Shared memory for the batches of one worker.
    std::uint64_t arena_bytes = 1U << 30;
    // What the batches of all workers and inline plugins may hold in the host at any one time.
    std::uint64_t batch_budget = 0;
    // Where the host keeps its copies of batches.
    abi::block_source copies = abi::system_blocks();
    // Plugins whose batches are taken as they are.
    std::set<std::string> trusted;
};

using lookup = std::function<const char*(const char* name)>;

// QRY_HOST_PROGRAM, QRY_WORKER_MEMORY ("512MiB", "2GiB", bytes), QRY_WORKER_ARENA,
// QRY_WORKER_THREADS, QRY_WORKER_DESCRIPTORS, QRY_WORKER_PROCESSES ("refuse", "allow"),
// QRY_BATCH_BUDGET (default: half of the machine's memory), QRY_TRUSTED_PLUGINS
// ("sqlite,postgresql"); QRY_EGRESS_ALLOW is checked. An error names the variable.
[[nodiscard]] result<settings> read_settings(const lookup& environment);

// The command that runs workers: `wanted` if it is not empty, else ../bin/qry-host beside the
// library this code is in, else qry-host beside the program. The error names what was tried.
[[nodiscard]] result<std::filesystem::path> find_program(const std::filesystem::path& wanted);

// What a worker's environment is made of: a fixed list of names, as far as they are set. Nothing
// that holds a secret of the host is among them.
[[nodiscard]] std::vector<std::string> worker_environment(const lookup& environment);

}  // namespace qry::supervisor
