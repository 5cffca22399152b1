// A token over a known text, kept beside the secrets: it tells at start, with one error, that the
// key has changed, instead of one failure for each datasource later.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "key_ring.hpp"

#include <qry/result.hpp>

namespace qry::credential {

// The token to store with the first secret.
[[nodiscard]] result<std::string> make_key_check(const key_ring& keys);

// The index of the key that opens it: 0 = current; more = secrets wait for `secrets rotate`.
// credential_error when none does; nothing may be written with these keys then.
[[nodiscard]] result<std::size_t> verify_key_check(const key_ring& keys, std::string_view token);

}  // namespace qry::credential
