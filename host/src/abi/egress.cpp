#include "abi/egress.hpp"

#include <cstdlib>

#include <qry/kit/net/egress.hpp>

namespace qry::abi {

namespace {

const net::egress_policy& policy() {
    static const net::egress_policy read = [] {
        const char* text = std::getenv("QRY_EGRESS_ALLOW");
        auto parsed = net::egress_policy::parse(text != nullptr ? text : "", "QRY_EGRESS_ALLOW");
        return parsed ? std::move(*parsed) : net::egress_policy();
    }();
    return read;
}

int32_t allowed(const sockaddr* address, uint32_t) noexcept {
    try {
        return address != nullptr && policy().allows(*address) ? 1 : 0;
    } catch (...) {
        return 0;
    }
}

}  // namespace

const qry_ext_egress& egress() noexcept {
    static const qry_ext_egress table = {sizeof(qry_ext_egress), &allowed};
    return table;
}

}  // namespace qry::abi
