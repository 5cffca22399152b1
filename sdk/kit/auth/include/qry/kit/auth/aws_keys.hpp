// Who signs a request to AWS.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <qry/secret.hpp>

namespace qry::auth {

struct aws_keys {
    // "AKIA…" (long-lived) or "ASIA…" (of a session); it is sent in clear, and no secret.
    std::string access_key_id;
    secret secret_access_key;
    // Of temporary keys only.
    secret session_token;
    // When the keys end, by the wall clock; nothing = they do not.
    std::optional<std::chrono::sys_seconds> expires_at;

    [[nodiscard]] aws_keys clone() const {
        return {access_key_id, secret_access_key.clone(), session_token.clone(), expires_at};
    }
};

}  // namespace qry::auth
