// The parameters of a datasource; their names are those of Amazon's redshift_connector.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <qry/call.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>

namespace qry::redshift {

// What a database user and a short-lived password are asked for with; see credentials.hpp.
struct iam_options {
    bool on = false;
    // One of these two.
    std::string cluster;
    std::string workgroup;
    std::string region;
    std::string db_user;
    // Separated by commas.
    std::string db_groups;
    bool auto_create = false;
    std::string access_key_id;
    secret secret_access_key;
    secret session_token;
    std::string profile;
    // Empty = ~/.aws/credentials.
    std::string credentials_file;
    std::string role_arn;
    std::string role_session_name;
    secret web_identity_token;
    // Instead of Amazon's own: "https://vpce-….redshift.eu-west-1.vpce.amazonaws.com".
    std::string endpoint_url;
    std::string sts_endpoint_url;
};

struct connect_options {
    std::string host;
    std::string port = "5439";
    std::string database;
    std::string user;
    secret password;
    // Of an identity provider; empty = none.
    secret token;
    std::string token_type;
    std::string identity_namespace;
    bool tls = true;
    // The certificate's name too, not only its chain.
    bool verify_name = false;
    // PEM; empty = the system's authorities.
    std::string ca_file;
    std::string application_name;
    std::chrono::nanoseconds connect_timeout{};
    std::size_t statement_cache = 100;
    // The schema is that of the database, without the datashares and other databases of the
    // cluster.
    bool this_database_only = true;
    bool numeric_to_float = false;
    iam_options iam;
};

// From the parameters and secrets of a connect or test call.
[[nodiscard]] result<connect_options> read_connect_options(const parameters& params, call of);

}  // namespace qry::redshift
