// Sources: GetClusterCredentials in the Amazon Redshift API Reference (2012-12-01) and
// GetCredentials in that of Redshift Serverless (2021-04-21).
#include "credentials.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

#include <qry/kit/auth/aws_call.hpp>
#include <qry/kit/auth/aws_credentials.hpp>
#include <qry/kit/auth/aws_profile.hpp>
#include <qry/kit/auth/xml.hpp>

namespace qry::redshift {

namespace {

// A database user with a password that ends after some minutes.
struct temporary {
    std::string user;
    secret password;
};

result<temporary> checked(temporary given, std::string_view action) {
    if (!given.user.empty() && !given.password.empty()) return given;
    return error{
        .kind = status::authentication_failed,
        .message = std::string(action) + " answered without a user and a password",
        .hint = "Check endpoint_url."};
}

std::vector<std::pair<std::string, std::string>> cluster_arguments(
    const iam_options& iam, const std::string& database
) {
    std::vector<std::pair<std::string, std::string>> out{
        {"Action", "GetClusterCredentials"},
        {"Version", "2012-12-01"},
        {"ClusterIdentifier", iam.cluster},
        {"DbUser", iam.db_user},
        {"AutoCreate", iam.auto_create ? "true" : "false"}};
    if (!database.empty()) out.emplace_back("DbName", database);
    std::string_view groups = iam.db_groups;
    for (int n = 1; !groups.empty(); ++n) {
        const std::size_t comma = groups.find(',');
        out.emplace_back("DbGroups.DbGroup." + std::to_string(n), groups.substr(0, comma));
        groups.remove_prefix(comma == std::string_view::npos ? groups.size() : comma + 1);
    }
    return out;
}

std::string endpoint_of(const iam_options& iam, std::string_view service) {
    if (!iam.endpoint_url.empty()) return iam.endpoint_url;
    const std::string_view china = iam.region.starts_with("cn-") ? ".cn" : "";
    return "https://" + std::string(service) + '.' + iam.region + ".amazonaws.com" +
           std::string(china);
}

// An address that somebody wrote down may be http: that of a server on the same machine.
auth::aws_call call_of(const connect_options& options) {
    const iam_options& iam = options.iam;
    const bool serverless = iam.cluster.empty();
    const std::string service = serverless ? "redshift-serverless" : "redshift";
    auth::aws_call what{
        .service_name = serverless ? "Redshift Serverless" : "Redshift",
        .endpoint = endpoint_of(iam, service),
        .scope = {.region = iam.region, .service = service},
        .allow_plain = true,
        .form = {},
        .target = {},
        .json = {}};
    if (!serverless) {
        what.form = cluster_arguments(iam, options.database);
        return what;
    }
    nlohmann::json body{{"workgroupName", iam.workgroup}};
    if (!options.database.empty()) body["dbName"] = options.database;
    what.target = "RedshiftServerless.GetCredentials";
    what.json = body.dump();
    return what;
}

result<temporary> read_cluster(std::string_view answer) {
    const auto body = auth::read_xml(answer);
    if (!body) return checked({}, "GetClusterCredentials");
    return checked(
        {std::string(auth::find_xml(*body, "DbUser")), secret(auth::find_xml(*body, "DbPassword"))},
        "GetClusterCredentials"
    );
}

result<temporary> read_workgroup(std::string_view answer) {
    auto body = nlohmann::json::parse(answer, nullptr, false);
    const auto text = [&body](const char* name) {
        const bool there = body.is_object() && body.contains(name) && body[name].is_string();
        return there ? body[name].get_ref<const std::string&>() : std::string();
    };
    std::string password = text("dbPassword");
    temporary given{text("dbUser"), secret(password)};
    wipe(password.data(), password.size());
    return checked(std::move(given), "GetCredentials");
}

std::chrono::sys_seconds wall_clock() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

// Given keys, a web identity's token, or a profile; with a role, the role's.
result<auth::aws_provider> keys_of(const iam_options& iam, loop_ref loop, http::client& by) {
    auth::aws_role role;
    role.arn = iam.role_arn;
    role.session_name = iam.role_session_name;
    role.region = iam.region;
    role.endpoint = iam.sts_endpoint_url;
    role.allow_plain = !iam.sts_endpoint_url.empty();
    if (!iam.web_identity_token.empty()) {
        auto token = std::make_shared<const secret>(iam.web_identity_token.clone());
        return auth::assume_role_with_web_identity(
            loop,
            by,
            std::move(role),
            [token]() -> task<result<secret>> { co_return token->clone(); }
        );
    }
    auth::aws_keys own{
        iam.access_key_id, iam.secret_access_key.clone(), iam.session_token.clone(), {}};
    if (own.access_key_id.empty()) {
        auth::aws_files files = auth::aws_files::of_user();
        if (!iam.credentials_file.empty()) files.credentials = iam.credentials_file;
        auto profile = auth::read_aws_profile(files, iam.profile);
        if (!profile) return std::move(profile).error();
        if (!profile->keys) {
            return error{
                .kind = status::authentication_failed,
                .message = "profile \"" + iam.profile + "\" has no keys",
                .hint = "Set access_key_id and secret_access_key, or another profile.",
                .parameter = "profile"};
        }
        own = std::move(*profile->keys);
        if (role.arn.empty()) role.arn = profile->role_arn;
    }
    auto base = auth::static_aws_keys(std::move(own));
    if (role.arn.empty()) return base;
    return auth::assume_role(loop, by, std::move(role), std::move(base));
}

}  // namespace

task<result<identity>> credentials::identify(std::int64_t deadline_ns) {
    if (options_.iam.on) {
        auto given = co_await ask_amazon(deadline_ns);
        client_.reset();
        co_return given;
    }
    identity who{
        .user = options_.user,
        .database = options_.database,
        .application_name = options_.application_name,
        .password = &options_.password};
    if (!options_.token.empty()) {
        who.token = &options_.token;
        who.token_type = options_.token_type;
        who.identity_namespace = options_.identity_namespace;
    }
    co_return std::move(who);
}

task<result<identity>> credentials::ask_amazon(std::int64_t deadline_ns) {
    auto client = http::client::make(loop_, {.user_agent = "qry-redshift/0.1.0"});
    if (!client) co_return std::move(client).error();
    client_ = std::move(*client);
    auto provider = keys_of(options_.iam, loop_, *client_);
    if (!provider) co_return std::move(provider).error();
    auto keys = co_await (*provider)(false);
    if (!keys) co_return std::move(keys).error();
    auto answer =
        co_await auth::call_aws(*client_, call_of(options_), *keys, wall_clock(), deadline_ns);
    if (!answer) co_return std::move(answer).error();
    auto given = options_.iam.cluster.empty() ? read_workgroup(answer->reveal())
                                              : read_cluster(answer->reveal());
    if (!given) co_return std::move(given).error();
    password_ = std::move(given->password);
    co_return identity{
        .user = std::move(given->user),
        .database = options_.database,
        .application_name = options_.application_name,
        .password = &password_};
}

void credentials::interrupt() noexcept {
    if (client_) client_->interrupt();
}

}  // namespace qry::redshift
