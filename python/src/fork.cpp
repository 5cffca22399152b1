#include "fork.hpp"

#include <qry/error.hpp>

#include <pthread.h>

#include <atomic>

#include "errors.hpp"

namespace qry::python {

namespace {
std::atomic<std::uint32_t> generation{0};
std::atomic<bool> is_leaving{false};
}  // namespace

std::uint32_t fork_generation() noexcept {
    return generation.load(std::memory_order_relaxed);
}

void watch_forks() {
    ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
}

void leave() noexcept {
    is_leaving.store(true, std::memory_order_relaxed);
}

bool leaving() noexcept {
    return is_leaving.load(std::memory_order_relaxed);
}

void refuse_in_child(std::uint32_t born) {
    if (born == fork_generation()) return;
    throw raised(error{
        .kind = status::forked_process,
        .message =
            "this host was opened in the parent process and cannot be used in a forked child",
        .hint = "call qry_host.open() or connect() in the child, after the fork (gunicorn: in "
                "post_fork)",
        .from = origin::host});
}

}  // namespace qry::python
