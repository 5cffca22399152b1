#include <qry/host.hpp>

namespace qry {

const char* kind_name(status kind) noexcept {
    switch (kind) {
        case status::ok:
            return "Ok";
        case status::connection_failed:
            return "ConnectionFailed";
        case status::authentication_failed:
            return "AuthenticationFailed";
        case status::tls_failed:
            return "TlsFailed";
        case status::query_error:
            return "QueryError";
        case status::query_timeout:
            return "QueryTimeout";
        case status::query_cancelled:
            return "QueryCancelled";
        case status::pool_timeout:
            return "PoolTimeout";
        case status::permission_denied:
            return "PermissionDenied";
        case status::invalid_parameter:
            return "InvalidParameter";
        case status::credential_error:
            return "CredentialError";
        case status::plugin_crashed:
            return "PluginCrashed";
        case status::plugin_error:
            return "PluginError";
        case status::resource_limit:
            return "ResourceLimit";
        case status::unsupported:
            return "Unsupported";
        case status::not_found:
            return "NotFound";
        case status::conflict:
            return "Conflict";
        case status::closed:
            return "Closed";
        case status::forked_process:
            return "ForkedProcess";
    }
    // A value of a later minor.
    return "PluginError";
}

const char* origin_name(origin from) noexcept {
    switch (from) {
        case origin::host:
            return "host";
        case origin::server:
            return "server";
        case origin::plugin:
        case origin::unset:
            break;
    }
    return "plugin";
}

}  // namespace qry
