#include <qry/kit/net/egress.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <cstring>
#include <optional>

#include <qry/kit/text/trim.hpp>

namespace qry::net {

namespace {

using bytes = std::array<std::uint8_t, 16>;

struct network {
    bytes address;
    int bits;
};

constexpr int v4_bits = 96;

constexpr network v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, int bits) {
    return {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, v4_bits + bits};
}

// RFC 6890 and its registries; the last three are where AWS, Alibaba and others keep the
// credentials of a machine (the first of them is link-local, and so is Google's and Azure's).
constexpr std::array refused{
    v4(0, 0, 0, 0, 8),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
    network{{}, 127},           // ::, ::1
    network{{0xfe, 0x80}, 10},  // link-local
    network{{0xff}, 8},         // multicast
    v4(100, 100, 100, 200, 32),
    v4(192, 0, 0, 192, 32),
    network{{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128},
};

bool inside(const bytes& address, const bytes& of, int bits) noexcept {
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (std::memcmp(address.data(), of.data(), whole) != 0) return false;
    const int rest = bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return ((address[whole] ^ of[whole]) & mask) == 0;
}

bytes mapped(const in_addr& from) noexcept {
    bytes out = v4(0, 0, 0, 0, 0).address;
    std::memcpy(out.data() + 12, &from, 4);
    return out;
}

std::optional<bytes> of(const sockaddr& address) noexcept {
    if (address.sa_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof(in));
        return mapped(in.sin_addr);
    }
    if (address.sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof(in));
    bytes out{};
    std::memcpy(out.data(), &in.sin6_addr, 16);
    // An IPv4 address behind NAT64 (RFC 6052), 6to4 (RFC 3056) or as "compatible" is judged as
    // such.
    constexpr bytes nat64{0, 0x64, 0xff, 0x9b};
    if (inside(out, nat64, 96)) {
        in_addr inner{};
        std::memcpy(&inner, out.data() + 12, 4);
        return mapped(inner);
    }
    if (out[0] == 0x20 && out[1] == 0x02) {
        in_addr inner{};
        std::memcpy(&inner, out.data() + 2, 4);
        return mapped(inner);
    }
    constexpr bytes compatible{};
    if (inside(out, compatible, 96) && !inside(out, compatible, 127)) {
        in_addr inner{};
        std::memcpy(&inner, out.data() + 12, 4);
        return mapped(inner);
    }
    return out;
}

}  // namespace

result<egress_policy> egress_policy::parse(
    std::string_view allow_list, std::string_view parameter
) {
    egress_policy out;
    while (!allow_list.empty()) {
        const std::size_t end = std::min(allow_list.find(','), allow_list.size());
        const std::string_view entry = text::trimmed(allow_list.substr(0, end));
        allow_list.remove_prefix(std::min(end + 1, allow_list.size()));
        if (entry.empty()) continue;
        const std::size_t slash = std::min(entry.find('/'), entry.size());
        const std::string address(entry.substr(0, slash));
        block made{};
        int widest = 128;
        in_addr four{};
        bool good = true;
        if (::inet_pton(AF_INET, address.c_str(), &four) == 1) {
            made.address = mapped(four);
            widest = 32;
        } else {
            good = ::inet_pton(AF_INET6, address.c_str(), made.address.data()) == 1;
        }
        int bits = widest;
        if (slash < entry.size()) {
            const std::string_view text = entry.substr(slash + 1);
            const auto [stop, failure] =
                std::from_chars(text.data(), text.data() + text.size(), bits);
            good = good && failure == std::errc() && stop == text.data() + text.size() &&
                   bits >= 0 && bits <= widest;
        }
        if (!good) {
            return error{
                .kind = status::invalid_parameter,
                .message = std::string(parameter) + " has the entry \"" + std::string(entry) +
                           "\", which is no address and no network",
                .hint = "Write for example 127.0.0.0/8, ::1/128, 10.1.2.3.",
                .parameter = std::string(parameter)};
        }
        made.bits = bits + (widest == 32 ? v4_bits : 0);
        out.allowed_.push_back(made);
    }
    return out;
}

bool egress_policy::allows(const sockaddr& address) const noexcept {
    const auto is = of(address);
    if (!is) return false;
    for (const block& b : allowed_) {
        if (inside(*is, b.address, b.bits)) return true;
    }
    for (const network& n : refused) {
        if (inside(*is, n.address, n.bits)) return false;
    }
    return true;
}

std::string address_text(const sockaddr& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* from = nullptr;
    if (address.sa_family == AF_INET) {
        from = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    } else if (address.sa_family == AF_INET6) {
        from = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    }
    if (from == nullptr ||
        ::inet_ntop(address.sa_family, from, text.data(), text.size()) == nullptr) {
        return "?";
    }
    return text.data();
}

}  // namespace qry::net
