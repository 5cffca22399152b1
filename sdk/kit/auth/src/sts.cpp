#include <qry/kit/auth/aws_credentials.hpp>

#include <algorithm>
#include <memory>

#include <qry/kit/arrow/time.hpp>

#include <qry/kit/auth/xml.hpp>
#include "aws_answer.hpp"
#include "form.hpp"

namespace qry::auth {

namespace {

// One of the two ways to a role: `base` signs, or `token` stands in the form.
struct role_state {
    http::client& client;
    aws_role role;
    aws_provider base;
    std::function<task<result<secret>>()> token;
};
using shared_role = std::shared_ptr<role_state>;

error bad_role(std::string_view why) {
    return {.kind = status::invalid_parameter, .message = "an AWS role " + std::string(why)};
}

result<void> check(const aws_role& role) {
    if (role.arn.empty()) return bad_role("has no ARN");
    if (role.session_name.size() < 2 || role.session_name.size() > 64) {
        return bad_role("needs a session name of 2 to 64 characters");
    }
    if (role.duration < std::chrono::minutes(15) || role.duration > std::chrono::hours(12)) {
        return bad_role("may be taken on for 15 minutes to 12 hours");
    }
    return {};
}

void add_role(form& to, std::string_view action, const aws_role& role) {
    to.add("Action", action);
    to.add("Version", "2011-06-15");
    to.add("RoleArn", role.arn);
    to.add("RoleSessionName", role.session_name);
    to.add("DurationSeconds", std::to_string(role.duration.count()));
    if (!role.policy.empty()) to.add("Policy", role.policy);
}

error no_keys(const http::url_parts& where, std::string_view why) {
    return {
        .kind = status::plugin_error,
        .message = "STS at " + http::loggable(where, false) + ' ' + std::string(why)};
}

result<lease<aws_keys>> read_keys(
    const aws_role& role, const http::url_parts& where, std::string& answer
) {
    const wiped_text document(std::move(answer));
    const auto body = read_xml(document.text);
    if (!body) return no_keys(where, "answered with something that is not its XML");
    const auto find = [&](std::string_view name) {
        return find_xml(*body, "Credentials/" + std::string(name));
    };
    const auto expiration = arrow::parse_timestamp(find("Expiration"), 9);
    aws_keys keys{
        .access_key_id = std::string(find("AccessKeyId")),
        .secret_access_key = secret(find("SecretAccessKey")),
        .session_token = secret(find("SessionToken"))};
    if (keys.access_key_id.empty() || keys.secret_access_key.empty() ||
        keys.session_token.empty() || !expiration) {
        return no_keys(where, "gave no complete keys");
    }
    const std::chrono::sys_time<std::chrono::nanoseconds> end{
        std::chrono::nanoseconds(expiration->value)};
    keys.expires_at = std::chrono::floor<std::chrono::seconds>(end);
    // A clock that is slow must not make them last longer.
    const auto left = std::min(*keys.expires_at - role.wall_clock(), role.duration);
    return lease<aws_keys>{std::move(keys), left};
}

task<result<lease<aws_keys>>> send(
    role_state& of,
    credential_request& what,
    const http::url_parts& where,
    std::vector<std::string_view> secrets
) {
    // STS speaks of XML in its reference; servers like it (Ceph, MinIO) have nothing else.
    what.http.headers.push_back({"Accept", "text/xml, application/xml"});
    // Keys are made by it, and nothing else happens.
    what.http.repeatable = true;
    auto answer = co_await of.client.send(what.http);
    if (!answer) co_return std::move(answer).error();
    if (answer->status != 200) co_return aws_refusal("STS", where, *answer, secrets);
    co_return read_keys(of.role, where, answer->body);
}

std::string endpoint_of(const aws_role& role) {
    return role.endpoint.empty() ? sts_endpoint(role.region) : role.endpoint;
}

// Lists in braces do not survive GCC 12 inside a coroutine.
std::vector<std::string_view> secrets_of(const aws_keys& keys, const aws_role& role) {
    return {keys.secret_access_key.reveal(), keys.session_token.reveal(), role.external_id};
}
std::vector<std::string_view> secrets_of(const secret& token) {
    return {token.reveal()};
}

task<result<lease<aws_keys>>> fetch_signed(shared_role of, std::int64_t deadline_ns) {
    const aws_role& role = of->role;
    if (auto good = check(role); !good) co_return std::move(good).error();
    const std::string url = endpoint_of(role);
    const auto where = read_endpoint(url, role.allow_plain);
    if (!where) co_return where.error();
    form fields;
    add_role(fields, "AssumeRole", role);
    if (!role.external_id.empty()) fields.add("ExternalId", role.external_id);
    auto keys = co_await of->base(false);
    if (!keys) co_return std::move(keys).error();
    credential_request what(url, fields, deadline_ns);
    auto good = sign_credential_request(
        what, *keys, {.region = role.region, .service = "sts"}, role.wall_clock()
    );
    if (!good) co_return std::move(good).error();
    co_return co_await send(*of, what, *where, secrets_of(*keys, role));
}

task<result<lease<aws_keys>>> fetch_by_token(shared_role of, std::int64_t deadline_ns) {
    const aws_role& role = of->role;
    if (auto good = check(role); !good) co_return std::move(good).error();
    const std::string url = endpoint_of(role);
    const auto where = read_endpoint(url, role.allow_plain);
    if (!where) co_return where.error();
    auto token = co_await of->token();
    if (!token) co_return std::move(token).error();
    form fields;
    add_role(fields, "AssumeRoleWithWebIdentity", role);
    fields.add("WebIdentityToken", token->reveal());
    credential_request what(url, fields, deadline_ns);
    co_return co_await send(*of, what, *where, secrets_of(*token));
}

template <class Fetch>
aws_provider keep(loop_ref loop, shared_role of, Fetch fetch) {
    renewal how = of->role.keep;
    renewing<aws_keys> keys(
        loop,
        [of = std::move(of), fetch](std::int64_t deadline_ns) { return fetch(of, deadline_ns); },
        std::move(how)
    );
    return [keys](bool refused) { return keys.get(refused); };
}

task<result<aws_keys>> hand_out(std::shared_ptr<const aws_keys> keys) {
    co_return keys->clone();
}

}  // namespace

aws_provider static_aws_keys(aws_keys keys) {
    return
        [kept = std::make_shared<const aws_keys>(std::move(keys))](bool) { return hand_out(kept); };
}

std::string sts_endpoint(std::string_view region) {
    const std::string_view china = region.starts_with("cn-") ? ".cn" : "";
    return "https://sts." + std::string(region) + ".amazonaws.com" + std::string(china);
}

aws_provider assume_role(loop_ref loop, http::client& by, aws_role role, aws_provider base) {
    auto state = std::make_shared<role_state>(by, std::move(role), std::move(base));
    return keep(loop, std::move(state), &fetch_signed);
}

aws_provider assume_role_with_web_identity(
    loop_ref loop, http::client& by, aws_role role, std::function<task<result<secret>>()> token
) {
    auto state = std::make_shared<role_state>(by, std::move(role), nullptr, std::move(token));
    return keep(loop, std::move(state), &fetch_by_token);
}

}  // namespace qry::auth
