#include "base/log.hpp"

#include <qry/kit/text/utf8.hpp>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/utf8.hpp"

namespace qry::base {

namespace {

constexpr std::size_t longest_line = 8192;

spdlog::level::level_enum to_spdlog(log_level level) noexcept {
    switch (level) {
        case log_level::error:
            return spdlog::level::err;
        case log_level::warn:
            return spdlog::level::warn;
        case log_level::info:
            return spdlog::level::info;
        case log_level::debug:
            return spdlog::level::debug;
        case log_level::trace:
            return spdlog::level::trace;
    }
    // A level of a later minor, or nonsense from a plugin.
    return spdlog::level::trace;
}

std::optional<log_level> find_log_level(std::string_view text) noexcept {
    if (text == "error") return log_level::error;
    if (text == "warn") return log_level::warn;
    if (text == "info") return log_level::info;
    if (text == "debug") return log_level::debug;
    if (text == "trace") return log_level::trace;
    return std::nullopt;
}

// Short, and nothing that a terminal would take for an order.
std::string printable_ascii(std::string_view text) {
    constexpr std::size_t most = 40;
    std::string out(text.substr(0, most));
    for (char& c : out) {
        if (c < 0x20 || c > 0x7E) c = '?';
    }
    return out;
}

struct sink {
    std::atomic<log_level> threshold{log_level::warn};
    std::atomic<log_sink*> elsewhere{nullptr};
    std::unique_ptr<spdlog::logger> out;
};

void set_up(sink& made) {
    made.out =
        std::make_unique<spdlog::logger>("qry", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.out->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");
    // The threshold decides.
    made.out->set_level(spdlog::level::trace);
    const char* wanted = std::getenv("QRY_LOG");
    if (wanted == nullptr || *wanted == '\0') return;
    const auto level = find_log_level(wanted);
    made.threshold = level.value_or(log_level::warn);
    if (level) return;
    made.out->warn(
        "host: QRY_LOG is '" + printable_ascii(wanted) +
        "'; expected error, warn, info, debug or trace; warn is used"
    );
}

// Standard error is one per process, and plugins log as long as the process lives: made on first
// use, and deliberately never destroyed.
sink& the_sink() {
    static sink& only = *[] {
        auto made = std::make_unique<sink>();
        set_up(*made);
        return made.release();
    }();
    return only;
}

}  // namespace

log_level parse_log_level(std::string_view text) noexcept {
    return find_log_level(text).value_or(log_level::warn);
}

log_level log_threshold() noexcept {
    try {
        return the_sink().threshold.load(std::memory_order_relaxed);
    } catch (...) {
        return log_level::warn;
    }
}

void write_log(log_level level, std::string_view source, std::string_view line_text) noexcept {
    try {
        if (level > the_sink().threshold) return;
        std::string line(cut_utf8(
            text::replace_invalid_utf8(line_text.substr(0, longest_line + 4)), longest_line
        ));
        for (char& c : line) {
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
        }
        if (log_sink* to = the_sink().elsewhere.load(std::memory_order_acquire)) {
            return to->take(level, source, line);
        }
        line.insert(0, std::string(source) + ": ");
        the_sink().out->log(to_spdlog(level), spdlog::string_view_t(line));
    } catch (...) {
        // A line is lost; there is nobody to tell.
    }
}

void redirect_log(log_sink* to, log_level threshold) noexcept {
    try {
        the_sink().threshold = threshold;
        the_sink().elsewhere.store(to, std::memory_order_release);
    } catch (...) {
        // No memory for the first line: standard error stays.
    }
}

log_limiter::verdict log_limiter::ask(std::int64_t now_ns) noexcept {
    constexpr std::int64_t cost_ns = 1'000'000'000 / per_second;
    const std::lock_guard lock(mutex_);
    // full_at: when the bucket will be full again; each line moves it on by its cost.
    if (full_at_ns_ < now_ns) full_at_ns_ = now_ns;
    if (full_at_ns_ - now_ns > cost_ns * (burst - 1)) {
        ++held_back_;
        return {false, 0};
    }
    full_at_ns_ += cost_ns;
    return {true, std::exchange(held_back_, 0)};
}

}  // namespace qry::base
