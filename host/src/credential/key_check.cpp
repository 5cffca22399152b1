#include "key_check.hpp"

namespace qry::credential {

namespace {

// Part of the stored format: changing it makes every existing key look changed.
constexpr std::string_view known_text = "qry key check";

}  // namespace

result<std::string> make_key_check(const key_ring& keys) {
    return keys.seal(secret(known_text));
}

result<std::size_t> verify_key_check(const key_ring& keys, std::string_view token) {
    auto opened = keys.open(token);
    if (opened) {
        if (opened->text.reveal() == known_text) return opened->key;
        return error{
            .kind = status::credential_error,
            .message = std::string(could_not_decrypt),
            .hint =
                "the registry's key check holds something else than a key check: restore the "
                "registry from a backup",
            .from = origin::host};
    }
    error e = std::move(opened).error();
    if (keys.usable()) {
        e.hint =
            "JWT_SECRET_KEY has changed: it is not the key that this registry's secrets are "
            "sealed with. Nothing was changed; they open again once it is back. The key check: " +
            e.hint;
    }
    return e;
}

}  // namespace qry::credential
