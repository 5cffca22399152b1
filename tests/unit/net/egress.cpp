#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include <catch2/catch.hpp>

#include <qry/kit/net/egress.hpp>

namespace qry::net {
namespace {

bool allows(const egress_policy& policy, const char* text) {
    sockaddr_storage where{};
    auto& six = reinterpret_cast<sockaddr_in6&>(where);
    auto& four = reinterpret_cast<sockaddr_in&>(where);
    if (::inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        four.sin_family = AF_INET;
    } else {
        REQUIRE(::inet_pton(AF_INET6, text, &six.sin6_addr) == 1);
        six.sin6_family = AF_INET6;
    }
    return policy.allows(reinterpret_cast<const sockaddr&>(where));
}

egress_policy parsed(std::string_view text) {
    auto made = egress_policy::parse(text, "QRY_EGRESS_ALLOW");
    REQUIRE(made);
    return std::move(*made);
}

}  // namespace

TEST_CASE("addresses that lead into the machine, its neighbourhood or a cloud's secrets are refused"
) {
    const egress_policy policy;
    for (const char* address :
         {"127.0.0.1",
          "127.8.9.10",
          "0.0.0.0",
          "169.254.169.254",
          "224.0.0.1",
          "255.255.255.255",
          "100.100.100.200",
          "::",
          "::1",
          "fe80::1",
          "febf::1",
          "ff02::1",
          "fd00:ec2::254",
          "::ffff:127.0.0.1",
          "::ffff:169.254.169.254",
          "64:ff9b::7f00:1",
          "64:ff9b::a9fe:a9fe",
          "2002:7f00:1::",
          "::127.0.0.1"}) {
        INFO(address);
        CHECK_FALSE(allows(policy, address));
    }
    for (const char* address :
         {"10.0.0.1",
          "192.168.1.1",
          "172.16.0.1",
          "8.8.8.8",
          "128.0.0.1",
          "2001:db8::1",
          "fd00::1",
          "::ffff:10.0.0.1",
          "fec0::1"}) {
        INFO(address);
        CHECK(allows(policy, address));
    }
}

TEST_CASE("an operator allows networks, and nothing beside them") {
    const auto policy = parsed(" 127.0.0.0/30 , ::1,169.254.7.1/32");
    CHECK(allows(policy, "127.0.0.1"));
    CHECK(allows(policy, "::ffff:127.0.0.3"));
    CHECK_FALSE(allows(policy, "127.0.0.4"));
    CHECK(allows(policy, "::1"));
    CHECK_FALSE(allows(policy, "::"));
    CHECK(allows(policy, "169.254.7.1"));
    CHECK_FALSE(allows(policy, "169.254.7.2"));
    CHECK(allows(parsed("0.0.0.0/0"), "127.0.0.1"));
    CHECK_FALSE(allows(parsed("0.0.0.0/0"), "::1"));
    CHECK_FALSE(allows(parsed(""), "127.0.0.1"));
}

TEST_CASE("an entry that is no network is named") {
    for (const char* entry :
         {"localhost", "127.0.0.1/33", "127.0.0.1/", "::1/129", "1.2.3/8", "/8"}) {
        INFO(entry);
        const auto made =
            egress_policy::parse("10.0.0.0/8," + std::string(entry), "QRY_EGRESS_ALLOW");
        REQUIRE_FALSE(made);
        CHECK(made.error().kind == status::invalid_parameter);
        CHECK(made.error().parameter == "QRY_EGRESS_ALLOW");
        CHECK(made.error().message.find('"' + std::string(entry) + '"') != std::string::npos);
    }
}

}  // namespace qry::net
