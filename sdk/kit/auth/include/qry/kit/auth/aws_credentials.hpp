// Where keys for AWS come from: given ones, and roles taken on at the Security Token Service (STS
// API reference, AssumeRole and AssumeRoleWithWebIdentity, version 2011-06-15).
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <qry/kit/auth/aws_keys.hpp>
#include <qry/kit/auth/renewing.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>
#include <qry/task.hpp>

namespace qry::auth {

// Keys for one request; `refused` = the server did not take the last ones (ExpiredToken,
// InvalidClientTokenId), see renewing::get. Ask before each signature: what expires is kept here.
using aws_provider = std::function<task<result<aws_keys>>(bool refused)>;

[[nodiscard]] aws_provider static_aws_keys(aws_keys keys);

struct aws_role {
    // "arn:aws:iam::123456789012:role/reader"
    std::string arn;
    // Who it is in AWS's logs: 2 to 64 of letters, digits and =,.@_-
    std::string session_name = "qry";
    // Of AssumeRole only; empty = none.
    std::string external_id;
    // A policy in JSON that narrows the role; empty = none.
    std::string policy;
    // 900 s to 12 h, and no longer than the role allows.
    std::chrono::seconds duration{3600};
    // The region that the request is signed for.
    std::string region = "us-east-1";
    // Empty = sts_endpoint(region).
    std::string endpoint;
    // http is allowed as well: for tests, and for servers on the same machine.
    bool allow_plain = false;
    renewal keep;
    // Of signatures, and of what is left of the keys' life.
    std::function<std::chrono::sys_seconds()> wall_clock = [] {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    };
};

// "https://sts.eu-west-1.amazonaws.com", and the other domains of China.
[[nodiscard]] std::string sts_endpoint(std::string_view region);

// AssumeRole, signed with the keys of `base`, which may be a role as well. `by` must outlive all
// requests, as http::client demands. Errors: authentication_failed with STS's code and words, in
// which secrets of ours are blotted out; connection_failed for what may pass; plugin_error for an
// answer that is none; those of `base` and of the HTTP client.
[[nodiscard]] aws_provider assume_role(
    loop_ref loop, http::client& by, aws_role role, aws_provider base
);

// AssumeRoleWithWebIdentity, which is not signed: `token` gives the OpenID Connect or OAuth token
// of an identity provider that the role trusts, afresh for each request.
[[nodiscard]] aws_provider assume_role_with_web_identity(
    loop_ref loop, http::client& by, aws_role role, std::function<task<result<secret>>()> token
);

}  // namespace qry::auth
