#include "zones.hpp"

#include <chrono>
#include <exception>
#include <map>
#include <string>

#include <date/tz.h>

#include <qry/kit/arrow/time.hpp>

namespace qry::starburst {

namespace {

std::int64_t floor_seconds(std::int64_t value, std::int64_t units) noexcept {
    const std::int64_t whole = value / units;
    return value % units < 0 ? whole - 1 : whole;
}

// The database lists each change up to the end of 2037 and, for what follows, has a rule that the
// library does not read: a zone's last entry would hold for ever.
constexpr std::int64_t listed_until = 2'145'916'800;

// The same moment of a listed year whose months begin on the same days of the week, which is what
// rules go by. Eleven years have all seven layouts, before and after a leap day.
std::int64_t repeated(std::int64_t local) noexcept {
    const std::int64_t days = floor_seconds(local, arrow::seconds_per_day);
    const arrow::civil_date date = arrow::civil_from_days(days);
    const int month = date.month < 3 ? 1 : 3;
    const std::int64_t start = arrow::days_from_civil({date.year, month, 1});
    for (std::int64_t year = 2036; year >= 2026; --year) {
        const std::int64_t other = arrow::days_from_civil({year, month, 1});
        if ((start - other) % 7 == 0) return local + (other - start) * arrow::seconds_per_day;
    }
    return local;
}

std::int64_t power(int digits) noexcept {
    std::int64_t out = 1;
    for (int i = 0; i < digits; ++i)
        out *= 10;
    return out;
}

}  // namespace

struct zone_table::impl {
    struct zone {
        // NULL = not in the database.
        const date::time_zone* rules = nullptr;
        // The span that the last look-up holds for, in local seconds, and its offset.
        std::int64_t from = 1;
        std::int64_t until = 0;
        std::int64_t offset = 0;
    };
    std::map<std::string, zone, std::less<>> zones;
    // The column's last: they rarely differ within one.
    std::string last_name;
    zone* last = nullptr;

    zone& find(std::string_view name) {
        if (last != nullptr && name == last_name) return *last;
        auto known = zones.find(name);
        if (known == zones.end()) {
            zone fresh;
            try {
                fresh.rules = date::locate_zone(std::string(name));
            } catch (const std::exception&) {
                // Not in the database: said by the NULL.
            }
            known = zones.emplace(name, fresh).first;
        }
        last_name = name;
        last = &known->second;
        return *last;
    }

    static date::local_info look_up(const zone& z, std::int64_t local) {
        return z.rules->get_info(date::local_seconds(std::chrono::seconds(local)));
    }

    static std::int64_t offset_at(zone& z, std::int64_t local) {
        if (local >= z.from && local < z.until) return z.offset;
        auto info = look_up(z, local);
        const bool listed = info.first.end < date::sys_days(date::year(2400) / 1 / 1);
        if (local >= listed_until && !listed) info = look_up(z, repeated(local));
        z.offset = info.first.offset.count();
        if (info.result == date::local_info::unique && listed) {
            // A day off either end: near a change the local clock is not unique.
            constexpr std::int64_t margin = arrow::seconds_per_day;
            z.from = info.first.begin.time_since_epoch().count() + z.offset + margin;
            z.until = info.first.end.time_since_epoch().count() + z.offset - margin;
        } else {
            z.from = 1;
            z.until = 0;
        }
        return z.offset;
    }
};

zone_table::zone_table() : impl_(std::make_unique<impl>()) {}
zone_table::~zone_table() = default;

std::optional<std::int64_t> zone_table::read(std::string_view text, int digits) {
    const std::size_t space = text.rfind(' ');
    if (space == std::string_view::npos || space + 1 == text.size()) return std::nullopt;
    const auto local = arrow::parse_timestamp(text.substr(0, space), digits);
    if (!local || local->offset_seconds) return std::nullopt;
    const std::string_view name = text.substr(space + 1);
    const std::int64_t units = power(digits);
    std::int64_t offset = 0;
    if (name == "UTC" || name == "Z") return local->value;
    if (name[0] == '+' || name[0] == '-') {
        // Through the parser of timestamps, so that there is one reader of offsets.
        const auto epoch = arrow::parse_timestamp("1970-01-01 00:00:00" + std::string(name), 0);
        if (!epoch || !epoch->offset_seconds) return std::nullopt;
        offset = *epoch->offset_seconds;
    } else {
        impl::zone& zone = impl_->find(name);
        if (zone.rules == nullptr) return std::nullopt;
        offset = impl::offset_at(zone, floor_seconds(local->value, units));
    }
    std::int64_t shift = 0;
    std::int64_t out = 0;
    if (__builtin_mul_overflow(offset, units, &shift) ||
        __builtin_sub_overflow(local->value, shift, &out)) {
        return std::nullopt;
    }
    return out;
}

}  // namespace qry::starburst
