#include "supervisor/poison.hpp"

#include <algorithm>
#include <cstdio>

#include "base/errors.hpp"

namespace qry::supervisor {

namespace {

// FNV-1a: the name of a statement is the same in every process and every log.
std::uint64_t hash_of(std::string_view sql) noexcept {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char c : sql) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001B3U;
    }
    return hash;
}

}  // namespace

std::string statement_name(std::string_view sql) {
    char text[17];
    std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(hash_of(sql)));
    return text;
}

void poison_list::make_room(std::int64_t now) {
    std::erase_if(known_, [&](const auto& one) {
        return now - one.second.last_ns > limits_.forget_ns;
    });
    if (known_.size() < limits_.most_known) return;
    known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
        return a.second.last_ns < b.second.last_ns;
    }));
}

void poison_list::strike(std::string_view sql, std::int64_t now) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t hash = hash_of(sql);
    if (!known_.contains(hash)) make_room(now);
    entry& one = known_[hash];
    one.deaths = now - one.last_ns > limits_.forget_ns ? 1 : one.deaths + 1;
    one.last_ns = now;
    any_ = true;
}

std::optional<error> poison_list::refuse(
    std::string_view plugin, std::string_view sql, std::int64_t now
) const {
    if (!any_.load(std::memory_order_relaxed)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    const auto at = known_.find(hash_of(sql));
    if (at == known_.end() || at->second.deaths < limits_.most_deaths) return std::nullopt;
    const std::int64_t until = at->second.last_ns + limits_.refuse_ns;
    if (now >= until) return std::nullopt;
    return error{
        .kind = status::plugin_crashed,
        .message = "statement " + statement_name(sql) + " is refused for " +
                   base::format_duration(std::chrono::nanoseconds(until - now)) +
                   ": it was inside plugin '" + std::string(plugin) + "' when that crashed, " +
                   std::to_string(at->second.deaths) + " times",
        .hint = "change the statement, or report the crash to the plugin's publisher",
        .from = origin::host};
}

}  // namespace qry::supervisor
