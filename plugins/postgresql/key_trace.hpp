// The cancel key of a connection that libpq makes.
//
// Rationale: libpq sends cancel requests only by PQcancel, which blocks without a usable timeout
// and never uses TLS, and it keeps the key to itself. Its trace, however, prints BackendKeyData.
// The sink below looks for that one line and wipes everything else, passwords included, as it
// passes.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

struct pg_conn;

namespace qry::postgresql {

struct cancel_key {
    std::int32_t process_id = 0;
    std::int32_t secret = 0;
};

// Collects lines; kept apart from libpq for its test.
class key_sink {
public:
    key_sink() = default;
    key_sink(const key_sink&) = delete;
    key_sink& operator=(const key_sink&) = delete;
    ~key_sink();
    void write(std::string_view text) noexcept;
    // The last key seen.
    [[nodiscard]] std::optional<cancel_key> key() const noexcept { return key_; }

private:
    void take_line() noexcept;

    std::optional<cancel_key> key_;
    // Long enough for the line that matters; what is longer is something else.
    char line_[128] = {};
    std::size_t size_ = 0;
    bool too_long_ = false;
};

// Traces a connection from its start until stop(). The connection must not be finished before.
class key_trace {
public:
    // Traces nothing when memory is short: the key is then unknown.
    explicit key_trace(pg_conn* connection);
    key_trace(const key_trace&) = delete;
    key_trace& operator=(const key_trace&) = delete;
    ~key_trace() { stop(); }
    void stop() noexcept;
    // Nothing when the trace did not show it, or showed that of another process.
    [[nodiscard]] std::optional<cancel_key> key(int process_id) const noexcept;

private:
    pg_conn* connection_;
    key_sink sink_;
    std::unique_ptr<char[]> buffer_;
    std::FILE* file_ = nullptr;
};

}  // namespace qry::postgresql
