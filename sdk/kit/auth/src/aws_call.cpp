#include <qry/kit/auth/aws_call.hpp>

#include "aws_answer.hpp"

namespace qry::auth {

namespace {

// Lists in braces do not survive GCC 12 inside a coroutine.
std::vector<std::string_view> secrets_of(const aws_keys& keys) {
    return {keys.secret_access_key.reveal(), keys.session_token.reveal()};
}

}  // namespace

task<result<secret>> call_aws(
    http::client& by,
    aws_call what,
    const aws_keys& keys,
    std::chrono::sys_seconds at,
    std::int64_t deadline_ns
) {
    const auto where = read_endpoint(what.endpoint, what.allow_plain);
    if (!where) co_return where.error();
    form fields;
    for (const auto& [name, value] : what.form)
        fields.add(name, value);
    credential_request request(what.endpoint + '/', fields, deadline_ns);
    if (!what.target.empty()) {
        request.http.headers = {
            {"Content-Type", "application/x-amz-json-1.1"}, {"X-Amz-Target", what.target}};
        request.http.body = what.json;
    }
    request.http.repeatable = true;
    auto good = sign_credential_request(request, keys, what.scope, at);
    if (!good) co_return std::move(good).error();
    auto answer = co_await by.send(request.http);
    if (!answer) co_return std::move(answer).error();
    if (answer->status != 200) {
        co_return aws_refusal(what.service_name, *where, *answer, secrets_of(keys));
    }
    secret body(answer->body);
    wipe(answer->body.data(), answer->body.size());
    co_return std::move(body);
}

}  // namespace qry::auth
