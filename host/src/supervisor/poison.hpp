// Statements that killed their worker. One that did it twice is refused for a while: the sessions
// of all others die with each worker that it takes along.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <qry/error.hpp>

namespace qry::supervisor {

struct poison_limits {
    int most_deaths = 2;
    std::int64_t refuse_ns = 60'000'000'000;
    // A death so long ago does not count any more.
    std::int64_t forget_ns = 600'000'000'000;
    std::size_t most_known = 1024;
};

// One a plugin. Thread-safe.
class poison_list {
public:
    explicit poison_list(poison_limits limits = {}) : limits_(limits) {}

    // The worker died while this statement was inside the plugin.
    void strike(std::string_view sql, std::int64_t now);
    // Why it is not run now.
    [[nodiscard]] std::optional<error> refuse(
        std::string_view plugin, std::string_view sql, std::int64_t now
    ) const;

private:
    struct entry {
        int deaths = 0;
        std::int64_t last_ns = 0;
    };
    void make_room(std::int64_t now);

    const poison_limits limits_;
    // So that nobody pays for a list that is empty.
    std::atomic<bool> any_{false};
    mutable std::mutex mutex_;
    // Guarded by mutex_; by hash, so that no text of a user is kept
    std::map<std::uint64_t, entry> known_;
};

// As errors and logs name a statement: sixteen hexadecimal digits.
[[nodiscard]] std::string statement_name(std::string_view sql);

}  // namespace qry::supervisor
