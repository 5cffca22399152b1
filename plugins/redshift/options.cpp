#include "options.hpp"

#include <charconv>

#include <qry/kit/text/duration.hpp>

namespace qry::redshift {

namespace {

iam_options read_iam(const parameters& params, call of) {
    iam_options out;
    out.on = params.get("iam", "false") == "true";
    out.cluster = params.get("cluster_identifier", "");
    out.workgroup = params.get("serverless_work_group", "");
    out.region = params.get("region", "");
    out.db_user = params.get("db_user", "");
    out.db_groups = params.get("db_groups", "");
    out.auto_create = params.get("auto_create", "false") == "true";
    out.access_key_id = params.get("access_key_id", "");
    out.secret_access_key = of.read_secret("secret_access_key");
    out.session_token = of.read_secret("session_token");
    out.profile = params.get("profile", "");
    out.role_arn = params.get("role_arn", "");
    out.role_session_name = params.get("role_session_name", "jwt_redshift_session");
    out.web_identity_token = of.read_secret("web_identity_token");
    out.credentials_file = params.get("credentials_file", "");
    out.endpoint_url = params.get("endpoint_url", "");
    out.sts_endpoint_url = params.get("sts_endpoint_url", "");
    return out;
}

result<void> check_iam(const connect_options& o) {
    const iam_options& iam = o.iam;
    if (iam.cluster.empty() == iam.workgroup.empty()) {
        return invalid_parameter(
            "cluster_identifier",
            "iam is true, and " +
                std::string(
                    iam.cluster.empty() ? "neither cluster_identifier nor"
                                        : "both cluster_identifier and"
                ) +
                " serverless_work_group is set",
            "Set the one that names what the datasource connects to."
        );
    }
    if (iam.region.empty()) {
        return invalid_parameter(
            "region", "iam is true and region is not set", "For example eu-west-1."
        );
    }
    if (!iam.cluster.empty() && iam.db_user.empty()) {
        return invalid_parameter(
            "db_user",
            "iam is true and db_user is not set",
            "Name the database user that the IAM identity may log in as."
        );
    }
    if (iam.access_key_id.empty() != iam.secret_access_key.empty()) {
        return invalid_parameter(
            "access_key_id",
            "access_key_id and the secret secret_access_key go together; one of them is missing",
            "Set both, or neither and a profile or web_identity_token instead."
        );
    }
    if (!iam.web_identity_token.empty() && iam.role_arn.empty()) {
        return invalid_parameter(
            "role_arn",
            "web_identity_token is set and role_arn is not",
            "Name the role that the token is exchanged for."
        );
    }
    return {};
}

// Exactly one way to log in, and what it needs.
result<void> check_login(const connect_options& o) {
    if (o.iam.on) return check_iam(o);
    if (!o.token.empty()) {
        if (o.tls) return {};
        return invalid_parameter(
            "ssl", "ssl is false, and a token is not sent in plain text", "Leave ssl out."
        );
    }
    if (o.user.empty()) {
        return invalid_parameter(
            "user",
            "user is not set",
            "Set user and password, or iam=true, or the secret token of an identity provider."
        );
    }
    return {};
}

}  // namespace

result<connect_options> read_connect_options(const parameters& params, call of) {
    connect_options out;
    out.host = params.get("host", "");
    out.port = params.get("port", "5439");
    out.database = params.get("database", "");
    out.user = params.get("user", "");
    out.password = of.read_secret("password");
    out.token = of.read_secret("token");
    out.token_type = params.get("token_type", "ACCESS_TOKEN");
    out.identity_namespace = params.get("identity_namespace", "");
    out.tls = params.get("ssl", "true") == "true";
    out.verify_name = params.get("sslmode", "verify-ca") == "verify-full";
    out.ca_file = params.get("sslrootcert", "");
    out.application_name = params.get("application_name", "qry");
    auto timeout = text::parse_duration(params.get("timeout", "15s"), "timeout");
    if (!timeout) return std::move(timeout).error();
    out.connect_timeout = *timeout;
    const std::string_view cache = params.get("statement_cache_size", "100");
    std::from_chars(cache.data(), cache.data() + cache.size(), out.statement_cache);
    out.this_database_only = params.get("database_metadata_current_db_only", "true") == "true";
    out.numeric_to_float = params.get("numeric_to_float", "false") == "true";
    out.iam = read_iam(params, of);
    auto checked = check_login(out);
    if (!checked) return std::move(checked).error();
    return out;
}

}  // namespace qry::redshift
