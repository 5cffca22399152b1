#include "schema/text_pool.hpp"

#include <functional>
#include <limits>

namespace qry::schema {

namespace {

constexpr std::size_t first_slots = 1024;

}  // namespace

text_pool::text_pool() : slots_(first_slots) {}

text_id text_pool::intern(std::string_view text) {
    const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>{}(text));
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    for (; slots_[at] != 0; at = (at + 1) & mask) {
        const text_id id = slots_[at];
        if (hashes_[id] == hash && this->text(id) == text) return id;
    }
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    if (text.size() > most - bytes_.size() || ends_.size() >= most) {
        full_ = true;
        return 1;
    }
    bytes_.append(text);
    const auto id = static_cast<text_id>(ends_.size());
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    hashes_.push_back(hash);
    slots_[at] = id;
    if (ends_.size() * 2 > slots_.size()) grow();
    return id;
}

void text_pool::grow() {
    std::vector<text_id> slots(slots_.size() * 2);
    const std::size_t mask = slots.size() - 1;
    for (text_id id = 1; id < hashes_.size(); ++id) {
        std::size_t at = hashes_[id] & mask;
        while (slots[at] != 0)
            at = (at + 1) & mask;
        slots[at] = id;
    }
    slots_ = std::move(slots);
}

}  // namespace qry::schema
