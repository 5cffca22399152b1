// Which addresses may be connected to. By default none that lead back into the machine or to what
// only its neighbourhood should reach: loopback, link-local, unspecified, multicast, and where
// clouds tell their machines secrets.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <qry/result.hpp>

struct sockaddr;

namespace qry::net {

class egress_policy {
public:
    // The default.
    egress_policy() = default;
    // What else is allowed: "127.0.0.0/8, ::1/128, 169.254.7.1". Fails with an invalid_parameter
    // that names the entry; `parameter` is whose value it is.
    [[nodiscard]] static result<egress_policy> parse(
        std::string_view allow_list, std::string_view parameter
    );

    // Of another family than IPv4 and IPv6: false.
    [[nodiscard]] bool allows(const sockaddr& address) const noexcept;

private:
    // IPv4 as its mapped form ::ffff:a.b.c.d, so that one comparison serves both.
    struct block {
        std::array<std::uint8_t, 16> address;
        int bits;
    };
    std::vector<block> allowed_;
};

// "169.254.169.254" or "fe80::1"; "?" for another family.
[[nodiscard]] std::string address_text(const sockaddr& address);

}  // namespace qry::net
