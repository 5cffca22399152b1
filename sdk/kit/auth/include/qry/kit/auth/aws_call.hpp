// Calls of AWS's services that answer with credentials: query services (a form, XML) and JSON ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <qry/kit/auth/aws_keys.hpp>
#include <qry/kit/auth/sigv4.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>
#include <qry/task.hpp>

namespace qry::auth {

struct aws_call {
    // For messages: "Redshift".
    std::string service_name;
    // "https://redshift.eu-west-1.amazonaws.com"
    std::string endpoint;
    aws_scope scope;
    // http is allowed as well: for tests, and for servers on the same machine.
    bool allow_plain = false;
    // Of a query service: "Action", "Version" and the rest.
    std::vector<std::pair<std::string, std::string>> form;
    // Of a JSON service: "RedshiftServerless.GetCredentials" and its body; empty = the form.
    std::string target;
    std::string json;
};

// The body of the answer, as a secret. Errors: authentication_failed with the service's code and
// words, in which the keys are blotted out; connection_failed for what may pass; those of the HTTP
// client. The call must change nothing: it may be sent twice.
[[nodiscard]] task<result<secret>> call_aws(
    http::client& by,
    aws_call what,
    const aws_keys& keys,
    std::chrono::sys_seconds at,
    std::int64_t deadline_ns
);

}  // namespace qry::auth
