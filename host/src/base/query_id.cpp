#include "base/query_id.hpp"

#include <random>

namespace qry::base {

namespace {

// No i, l, o, u: an id may be read out on the telephone.
constexpr char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

std::uint64_t random_bits() {
    std::random_device source;
    return (static_cast<std::uint64_t>(source()) << 32) | source();
}

}  // namespace

query_ids::query_ids() : query_ids(random_bits()) {}

query_ids::query_ids(std::uint64_t prefix) {
    for (int i = 0; i < 7; ++i) {
        prefix_[i] = digits[prefix & 31];
        prefix >>= 5;
    }
    prefix_[7] = '-';
}

std::string query_ids::next() {
    std::uint64_t n = count_.fetch_add(1, std::memory_order_relaxed) + 1;
    char text[24];
    char* end = text + sizeof(text);
    char* at = end;
    for (; n != 0; n >>= 5)
        *--at = digits[n & 31];
    std::string id(prefix_, sizeof(prefix_));
    id.append(at, end);
    return id;
}

}  // namespace qry::base
