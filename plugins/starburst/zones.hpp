// Instants as Trino writes them: a wall clock and the name of a zone, or an offset.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace qry::starburst {

// Zones looked up so far. Not thread-safe: one a session.
class zone_table {
public:
    zone_table();
    ~zone_table();

    // "2024-02-29 12:34:56.123456789 Europe/Paris", "… UTC", "… +05:30": units of 10^-digits s
    // since 1970, in UTC. Nothing when it is malformed, has more digits, is out of 64 bits, or its
    // zone is not in the system's database.
    //
    // Where a zone's clock is set back the text stands for two instants, and the server does not
    // say which: the earlier is taken, as Trino's own clients do. A time that the clock leaps over
    // is never sent.
    [[nodiscard]] std::optional<std::int64_t> read(std::string_view text, int digits);

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace qry::starburst
