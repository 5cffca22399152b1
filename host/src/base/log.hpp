// The host's log: lines on standard error, as verbose as QRY_LOG says (warn unless set). Never a
// secret, and no server text above debug.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>

#include <qry/host.h>

namespace qry::base {

enum class log_level : std::int32_t {
    error = QRY_LOG_ERROR,
    warn = QRY_LOG_WARN,
    info = QRY_LOG_INFO,
    debug = QRY_LOG_DEBUG,
    trace = QRY_LOG_TRACE
};

// "error" … "trace"; anything else is warn.
[[nodiscard]] log_level parse_log_level(std::string_view text) noexcept;

// The most verbose level that is written.
[[nodiscard]] log_level log_threshold() noexcept;

// source: "host", "plugin postgresql". Control characters become spaces; cut at 8 KiB.
void write_log(log_level level, std::string_view source, std::string_view text) noexcept;

// Where lines go instead of to standard error, already cut and free of control characters. Called
// on any thread, also while another is inside.
class log_sink {
public:
    virtual void take(log_level level, std::string_view source, std::string_view text) noexcept = 0;

protected:
    ~log_sink() = default;
};
// What is more verbose than the threshold is not written. NULL: standard error again. The sink must
// live as long as the process logs.
void redirect_log(log_sink* to, log_level threshold) noexcept;

// Keeps one talkative source from filling the log: a burst, then a rate. Thread-safe.
class log_limiter {
public:
    struct verdict {
        bool allowed;
        // Lines that were held back since the last allowed one.
        std::uint64_t held_back;
    };
    [[nodiscard]] verdict ask(std::int64_t now_ns) noexcept;

    static constexpr std::int64_t burst = 100;
    static constexpr std::int64_t per_second = 20;

private:
    std::mutex mutex_;
    // Guarded by mutex_
    std::int64_t full_at_ns_ = 0;
    std::uint64_t held_back_ = 0;
};

}  // namespace qry::base
