#include "failure.hpp"

namespace qry::http {

namespace {

std::string server_of(const url_parts& where) {
    return where.host + ':' + std::to_string(where.port);
}

std::string with_words(std::string text, std::string_view words) {
    if (words.empty()) return text;
    return std::move(text) + ": " + std::string(words);
}

}  // namespace

error transfer_error(CURLcode code, std::string_view words, const url_parts& where, bool secret) {
    const std::string server = server_of(where);
    if (secret) words = {};
    if (words.empty()) words = curl_easy_strerror(code);
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY:
            return {
                .kind = status::connection_failed,
                .message = with_words("could not connect to " + server, words),
                .hint =
                    "Check host and port, that the server runs and listens there, and that no "
                    "firewall is in between.",
                .retryable = true};
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_ENGINE_SETFAILED:
        case CURLE_SSL_CIPHER:
        case CURLE_USE_SSL_FAILED:
            return {
                .kind = status::tls_failed,
                .message = with_words("no TLS with " + server, words),
                .hint = "Check that the port speaks TLS (https), and not plain text."};
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
            return {
                .kind = status::tls_failed,
                .message = with_words("the certificate of " + server + " does not verify", words),
                .hint =
                    "Give the file of the CA that signed it, and use a host name that is in the "
                    "certificate."};
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_CERTPROBLEM:
            return {
                .kind = status::tls_failed,
                .message = with_words("a certificate or key file cannot be used", words),
                .hint = "Check that the files exist, are PEM, belong together, and the password."};
        case CURLE_OPERATION_TIMEDOUT:
            return {
                .kind = status::connection_failed,
                .message = with_words("no answer in time from " + server, words),
                .hint = "Check host and port and any firewall in between, or raise the timeouts.",
                .retryable = true};
        case CURLE_BAD_CONTENT_ENCODING:
            return {
                .kind = status::connection_failed,
                .message = with_words("what " + server + " sent could not be unpacked", words)};
        case CURLE_SEND_FAIL_REWIND:
            return {
                .kind = status::connection_failed,
                .message = "the connection to " + server + " broke before an answer came",
                .hint =
                    "It was not sent again, because the server may have acted on it. Run it again "
                    "if that does no harm.",
                .retryable = true};
        case CURLE_OUT_OF_MEMORY:
            return {.kind = status::resource_limit, .message = "out of memory"};
        default:
            return {
                .kind = status::connection_failed,
                .message = with_words("the exchange with " + server + " failed", words),
                .retryable = true};
    }
}

bool broke_early(CURLcode code) noexcept {
    return code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR ||
           code == CURLE_SEND_FAIL_REWIND;
}

}  // namespace qry::http
