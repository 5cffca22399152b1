// The URL of a registry in PostgreSQL: checked, and fit to be shown.
#pragma once

#include <string>

#include <qry/result.hpp>
#include <qry/secret.hpp>

namespace qry::store {

struct postgresql_url {
    // Without password; never to connect with.
    std::string shown;
    // Empty when the URL has none (it may come from the environment or a password file).
    secret password;
};

// invalid_parameter for what libpq cannot read; its own text, which may quote the password, is
// dropped.
[[nodiscard]] result<postgresql_url> read_postgresql_url(const std::string& url);

// `text` with the password, should a message quote it, replaced by ***.
[[nodiscard]] std::string without_password(std::string text, const secret& password);

}  // namespace qry::store
