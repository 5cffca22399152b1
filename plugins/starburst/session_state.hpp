// What the server asks its client to remember between statements: it has no sessions of its own.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <qry/kit/http/client.hpp>

namespace qry::starburst {

class session_state {
public:
    std::string catalog;
    std::string schema;
    // As the server knows them: name to value, not encoded.
    std::map<std::string, std::string, std::less<>> properties;
    // Catalog to role: "ROLE{analyst}", "ALL", "NONE".
    std::map<std::string, std::string, std::less<>> roles;
    std::map<std::string, std::string, std::less<>> prepared;
    std::string path;
    // Empty = none is open.
    std::string transaction;
    std::string authorization_user;

    // The X-Trino-Set-*, -Clear-*, -Added-Prepare … of a reply.
    void take(std::span<const http::header> reply);
    // The headers of the next request.
    void add_to(std::vector<http::header>& request) const;

    friend bool operator==(const session_state&, const session_state&) = default;
};

// "a=b, c=d", names and values encoded.
[[nodiscard]] std::string join_pairs(const std::map<std::string, std::string, std::less<>>& pairs);
// Nothing that is not an escape is changed; '+' is a space.
[[nodiscard]] std::string url_decode(std::string_view text);

}  // namespace qry::starburst
