// Batch memory from malloc, counted and checked: leaks, double frees, wrong sizes, writes past the
// end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <qry/host.h>

#include "ledger.hpp"

namespace qry::conformance {

// Thread-safe. Buffers may outlive the object: what it counts with lives until the last is freed.
class arena {
public:
    // for_measuring: what is fresh and what was freed is not filled, which costs more than rows do.
    explicit arena(std::shared_ptr<ledger> book, bool for_measuring = false);
    arena(const arena&) = delete;
    arena& operator=(const arena&) = delete;
    ~arena();

    // What a connect request carries.
    [[nodiscard]] qry_arena* handle() noexcept;

    [[nodiscard]] std::size_t live_buffers() const;
    [[nodiscard]] std::size_t live_bytes() const;
    [[nodiscard]] std::size_t peak_bytes() const;
    // Calls of buffer_alloc and buffer_resize so far, also those that failed.
    [[nodiscard]] std::int64_t allocations() const;

    // After n more successes every allocation and every growth returns NULL.
    void fail_after(std::int64_t n);
    // As before any fail_after.
    void never_fail();

    // The three services of qry_host.
    static void* alloc(qry_arena* self, std::size_t size) noexcept;
    static void* resize(
        qry_arena* self, void* buffer, std::size_t old_size, std::size_t new_size
    ) noexcept;
    static void free(qry_arena* self, void* buffer, std::size_t size) noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace qry::conformance
