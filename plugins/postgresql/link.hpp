// A session of the server, logged in and idle: what a start-up hands over.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cancel.hpp"
#include "resolve.hpp"

struct ssl_st;

namespace qry::postgresql {

// Who keeps the socket and its TLS, says goodbye to the server and closes both.
class connection_owner {
public:
    connection_owner() = default;
    connection_owner(const connection_owner&) = delete;
    connection_owner& operator=(const connection_owner&) = delete;
    virtual ~connection_owner() = default;
    [[nodiscard]] virtual int socket() const noexcept = 0;
    // NULL = plain text.
    [[nodiscard]] virtual ssl_st* tls() const noexcept = 0;
};

// From here on the session reads and writes the socket itself; the owner only keeps it.
struct link {
    std::unique_ptr<connection_owner> connection;
    endpoint where;
    // Nothing when the key is not known: statements can then not be cancelled.
    std::optional<cancel_target> cancel;
    std::string server_version;
    // "UTF8"; with "SQL_ASCII" texts may hold any bytes.
    std::string server_encoding;
    std::string user;
    std::string database;

    [[nodiscard]] ssl_st* tls() const noexcept { return connection->tls(); }
    [[nodiscard]] int socket() const noexcept { return connection->socket(); }
    // "TLSv1.3, TLS_AES_256_GCM_SHA384"; empty = plain text.
    [[nodiscard]] std::string tls_description() const;
    // Fills in `cancel` for a connection that is there.
    void know_key(cancel_key key) noexcept;
};

}  // namespace qry::postgresql
