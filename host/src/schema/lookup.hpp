// What prompt derives from a snapshot once and keeps: who refers to whom.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <qry/schema.hpp>

namespace qry::schema {

class lookup {
public:
    explicit lookup(const schema_snapshot::data& of);

    // Tables joined to this one by a foreign key, in either direction; sorted, without itself.
    [[nodiscard]] std::span<const std::uint32_t> neighbours(std::uint32_t table) const noexcept;
    // The table a foreign key refers to; no_table when it is not in the snapshot.
    [[nodiscard]] std::uint32_t target(std::uint32_t key) const noexcept { return targets_[key]; }
    // All tables, those with most foreign keys around them first.
    [[nodiscard]] std::span<const std::uint32_t> by_weight() const noexcept { return by_weight_; }
    // Where in by_weight() a table stands.
    [[nodiscard]] std::uint32_t weight(std::uint32_t table) const noexcept {
        return weight_[table];
    }

    static constexpr std::uint32_t no_table = UINT32_MAX;

private:
    void link(const schema_snapshot::data& of);

    std::vector<std::uint32_t> targets_;
    // Neighbours of table t: between first_[t] and first_[t + 1].
    std::vector<std::uint32_t> first_;
    std::vector<std::uint32_t> neighbours_;
    std::vector<std::uint32_t> by_weight_;
    std::vector<std::uint32_t> weight_;
};

// Lower case, length kept: ASCII, Latin-1, Greek and Cyrillic; other letters stay as they are.
[[nodiscard]] std::string fold(std::string_view text);

}  // namespace qry::schema
