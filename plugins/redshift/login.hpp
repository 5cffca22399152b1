// The start-up of a session, from StartupMessage to ReadyForQuery. No I/O; the caller brings the
// messages.
//
// Rationale: libpq refuses the two logins that Redshift added to PostgreSQL's protocol. Source:
// what Amazon's redshift_connector 2.2 sends and takes, and
// https://www.postgresql.org/docs/current/protocol-flow.html for the rest.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <qry/error.hpp>
#include <qry/secret.hpp>

#include "postgresql/key_trace.hpp"
#include "postgresql/protocol.hpp"

namespace qry::redshift {

// Who logs in where. The secrets outlive the login.
struct identity {
    // Empty with a token: the token says who it is.
    std::string user;
    std::string database;
    std::string application_name;
    const secret* password = nullptr;
    // Of an identity provider; NULL = none.
    const secret* token = nullptr;
    // "ACCESS_TOKEN", "EXT_JWT"; with a token only.
    std::string token_type;
    std::string identity_namespace;
};

class login {
public:
    enum class state : std::uint8_t {
        // More messages are to come; what out holds is to be sent.
        going,
        ready,
        // See failure().
        failed,
    };

    // `encrypted`: nobody else hears what is said. `nonce`: of this login alone, printable.
    login(const identity& who, bool encrypted, std::string nonce)
        : who_(who), encrypted_(encrypted), nonce_(std::move(nonce)) {}

    // The first message.
    void begin(postgresql::output_buffer& out) const;
    [[nodiscard]] state take(const postgresql::frame& f, postgresql::output_buffer& out);

    [[nodiscard]] const error& failure() const noexcept { return failure_; }
    // The server has said that the login is accepted.
    [[nodiscard]] bool accepted() const noexcept { return accepted_; }
    // A parameter that the server reported: "server_version"; empty when it did not.
    [[nodiscard]] std::string setting(const std::string& name) const;
    [[nodiscard]] std::optional<postgresql::cancel_key> key() const noexcept { return key_; }

private:
    state authenticate(const postgresql::frame& f, postgresql::output_buffer& out);
    state send_password(std::string_view text, postgresql::output_buffer& out) const;
    state send_digest(std::span<const std::uint8_t> body, postgresql::output_buffer& out);
    state send_token(postgresql::output_buffer& out);
    state fail(error why);
    [[nodiscard]] bool has_password();

    const identity& who_;
    const bool encrypted_;
    const std::string nonce_;
    error failure_;
    bool accepted_ = false;
    std::map<std::string, std::string> settings_;
    std::optional<postgresql::cancel_key> key_;
};

}  // namespace qry::redshift
