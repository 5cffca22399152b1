#include "link.hpp"

#include <openssl/ssl.h>

namespace qry::postgresql {

std::string link::tls_description() const {
    const SSL* s = tls();
    if (s == nullptr) return {};
    return std::string(SSL_get_version(s)) + ", " + SSL_get_cipher_name(s);
}

void link::know_key(cancel_key key) noexcept {
    cancel_target target;
    target.address_size = sizeof(target.address);
    auto* address = reinterpret_cast<sockaddr*>(&target.address);
    if (::getpeername(socket(), address, &target.address_size) != 0) return;
    target.key = key;
    target.session_tls = tls();
    cancel = target;
}

}  // namespace qry::postgresql
