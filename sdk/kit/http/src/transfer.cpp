#include "transfer.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <new>

#include <qry/ext/egress.h>
#include <qry/call.hpp>
#include <qry/kit/text/trim.hpp>

#include "failure.hpp"

namespace qry::http {

namespace {

// Of all header lines of an answer together; servers stop at 8 to 64 KiB.
constexpr std::size_t largest_head = std::size_t{256} << 10;
// Of a streamed body, before the reader has to take it.
constexpr std::size_t window = std::size_t{1} << 20;

}  // namespace

bool may_connect(const sockaddr& address, unsigned length) {
    const qry_host* host = host_services();
    const void* found = host != nullptr && host->get_extension != nullptr
                            ? host->get_extension(QRY_EXT_EGRESS)
                            : nullptr;
    if (found == nullptr) return net::egress_policy().allows(address);
    return static_cast<const qry_ext_egress*>(found)->allowed(&address, length) != 0;
}

transfer::transfer(std::shared_ptr<multi> by, waiter& place, const what& w)
    : multi_(std::move(by)),
      place_(place),
      asked_(w.asked),
      where_(w.where),
      streaming_(w.streaming),
      easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    set_up(w);
}

// The Authorization header lies in the list.
transfer::~transfer() {
    if (added_) multi_->remove(easy_.get(), *this);
    for (curl_slist* l = headers_.get(); l != nullptr; l = l->next)
        wipe(l->data, std::strlen(l->data));
}

void transfer::add_header(const std::string& line) {
    curl_slist* grown = curl_slist_append(headers_.get(), line.c_str());
    if (grown == nullptr) throw std::bad_alloc();
    (void)headers_.release();
    headers_.reset(grown);
}

void transfer::set_up(const what& w) {
    CURL* e = easy_.get();
    curl_easy_setopt(e, CURLOPT_URL, w.url.c_str());
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, words_);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    if (w.how.compressed) curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip, zstd");
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(
        e, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(w.how.connect_timeout.count())
    );
    if (w.how.silence_timeout.count() > 0) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(w.how.silence_timeout);
        curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, static_cast<long>(seconds.count()));
    }
    // An empty string also keeps the environment's proxies out.
    curl_easy_setopt(e, CURLOPT_PROXY, w.how.proxy.c_str());
    curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!w.how.proxy_password.empty()) {
        curl_easy_setopt(e, CURLOPT_PROXYPASSWORD, w.how.proxy_password.reveal().data());
    }
    if (!w.how.user_agent.empty()) {
        curl_easy_setopt(e, CURLOPT_USERAGENT, w.how.user_agent.c_str());
    }
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, &transfer::on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, &transfer::on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, &transfer::on_open);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, this);
    set_up_tls(w.how);
    set_up_method(w.asked);
    for (const header& h : w.asked.headers) {
        // A header that is empty needs a semicolon, or libcurl takes its name out instead.
        add_header(h.value.empty() ? h.name + ';' : h.name + ": " + h.value);
    }
    add_header("Expect:");
    if (w.how.negotiate && !w.asked.anonymous) {
        curl_easy_setopt(e, CURLOPT_HTTPAUTH, CURLAUTH_NEGOTIATE);
        curl_easy_setopt(e, CURLOPT_USERPWD, ":");
        curl_easy_setopt(e, CURLOPT_SERVICE_NAME, w.how.negotiate_service.c_str());
    } else if (w.authorization != nullptr && !w.authorization->empty()) {
        std::string line = "Authorization: ";
        line += w.authorization->reveal();
        add_header(line);
        wipe(line.data(), line.size());
    }
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers_.get());
    if (!w.addresses.empty()) {
        std::string entry = "+" + w.resolve_host + ':' + std::to_string(w.resolve_port) + ':';
        for (std::size_t i = 0; i < w.addresses.size(); ++i) {
            const bool six = w.addresses[i].find(':') != std::string::npos;
            if (i != 0) entry += ',';
            entry += six ? '[' + w.addresses[i] + ']' : w.addresses[i];
        }
        addresses_.reset(curl_slist_append(nullptr, entry.c_str()));
        curl_easy_setopt(e, CURLOPT_RESOLVE, addresses_.get());
    }
}

void transfer::set_up_tls(const options& how) {
    CURL* e = easy_.get();
    curl_easy_setopt(e, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, how.tls.verify == verify_peer::none ? 0L : 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, how.tls.verify == verify_peer::full ? 2L : 0L);
    if (!how.tls.ca_file.empty()) {
        curl_easy_setopt(e, CURLOPT_CAINFO, how.tls.ca_file.c_str());
        curl_easy_setopt(e, CURLOPT_CAPATH, nullptr);
    }
    if (how.tls.certificate_file.empty()) return;
    const std::string& file = how.tls.certificate_file;
    const bool pkcs12 = file.ends_with(".p12") || file.ends_with(".pfx");
    curl_easy_setopt(e, CURLOPT_SSLCERT, file.c_str());
    curl_easy_setopt(e, CURLOPT_SSLCERTTYPE, pkcs12 ? "P12" : "PEM");
    if (!how.tls.key_file.empty()) {
        curl_easy_setopt(e, CURLOPT_SSLKEY, how.tls.key_file.c_str());
    }
    if (!how.tls.key_password.empty()) {
        curl_easy_setopt(e, CURLOPT_KEYPASSWD, how.tls.key_password.reveal().data());
    }
}

// The body is read by a function that cannot go back: libcurl would otherwise send it a second time
// by itself, when a connection that was kept open turns out to be closed.
void transfer::set_up_method(const request& asked) {
    CURL* e = easy_.get();
    if (asked.method == "HEAD") {
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    } else if (asked.method != "GET" && (asked.method == "POST" || !asked.body.empty())) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(
            e, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(asked.body.size())
        );
        curl_easy_setopt(e, CURLOPT_READFUNCTION, &transfer::on_read);
        curl_easy_setopt(e, CURLOPT_READDATA, this);
    }
    if (asked.method != "GET" && asked.method != "HEAD") {
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, asked.method.c_str());
    }
}

bool transfer::begin() {
    added_ = multi_->add(easy_.get(), *this);
    return added_;
}

void transfer::ended(CURLcode code) noexcept {
    code_ = code;
    place_.interrupt();
}

void transfer::stirred() noexcept {
    place_.interrupt();
}

std::string transfer::take_piece() {
    std::string piece = std::move(answer_.body);
    answer_.body.clear();
    if (paused_ && !code_) {
        paused_ = false;
        multi_->resume(easy_.get());
    }
    return piece;
}

void transfer::look_at_connection() {
    const char* address = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &address);
    if (address != nullptr) answer_.by.address = address;
    curl_tlssessioninfo* info = nullptr;
    curl_easy_getinfo(easy_.get(), CURLINFO_TLS_SSL_PTR, &info);
    if (info == nullptr || info->backend != CURLSSLBACKEND_OPENSSL || info->internals == nullptr) {
        return;
    }
    const auto* ssl = static_cast<const SSL*>(info->internals);
    answer_.by.tls = std::string(SSL_get_version(ssl)) + ", " + SSL_get_cipher_name(ssl);
}

void transfer::take_header(std::string_view line) {
    // A status line begins another answer: after 100 Continue, or a round of SPNEGO.
    if (line.starts_with("HTTP/")) {
        answer_.headers.clear();
        answer_.body.clear();
        body_bytes_ = 0;
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        answer_.status = static_cast<int>(status);
        if (answer_.by.address.empty()) look_at_connection();
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    answer_.headers.push_back(
        {std::string(text::trimmed(line.substr(0, colon))),
         std::string(text::trimmed(line.substr(colon + 1)))}
    );
}

std::size_t transfer::on_header(
    char* data, std::size_t one, std::size_t size, void* self
) noexcept {
    auto& t = *static_cast<transfer*>(self);
    t.header_bytes_ += one * size;
    if (t.header_bytes_ > largest_head) {
        t.head_too_large_ = true;
        return 0;
    }
    try {
        t.take_header({data, one * size});
    } catch (...) {
        t.out_of_memory_ = true;
        return 0;
    }
    return one * size;
}

std::size_t transfer::on_body(char* data, std::size_t one, std::size_t size, void* self) noexcept {
    auto& t = *static_cast<transfer*>(self);
    const std::size_t bytes = one * size;
    if (t.streaming_ && t.answer_.body.size() >= window) {
        t.paused_ = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (bytes > t.asked_.max_body - std::min(t.body_bytes_, t.asked_.max_body)) {
        t.body_too_large_ = true;
        return 0;
    }
    try {
        t.answer_.body.append(data, bytes);
        if (t.streaming_) t.multi_->tell_later(t);
    } catch (...) {
        t.out_of_memory_ = true;
        return 0;
    }
    t.body_bytes_ += bytes;
    return bytes;
}

std::size_t transfer::on_read(char* to, std::size_t one, std::size_t size, void* self) noexcept {
    auto& t = *static_cast<transfer*>(self);
    const std::string_view left = std::string_view(t.asked_.body).substr(t.sent_);
    const std::size_t bytes = left.copy(to, one * size);
    t.sent_ += bytes;
    return bytes;
}

curl_socket_t transfer::on_open(void* self, curlsocktype, curl_sockaddr* to) noexcept {
    auto& t = *static_cast<transfer*>(self);
    try {
        if (!may_connect(to->addr, to->addrlen)) {
            t.refused_address_ = net::address_text(to->addr);
            return CURL_SOCKET_BAD;
        }
    } catch (...) {
        return CURL_SOCKET_BAD;
    }
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

bool transfer::broke_early() const noexcept {
    return code_ && answer_.status == 0 && refused_address_.empty() && http::broke_early(*code_);
}

std::optional<error> transfer::failure() const {
    if (!code_ || *code_ == CURLE_OK) return std::nullopt;
    const std::string url = loggable(where_, asked_.secret_url);
    if (!refused_address_.empty() && answer_.status == 0) {
        return error{
            .kind = status::permission_denied,
            .message = url + " leads to " + refused_address_ +
                       ", an address that drivers may not connect to",
            .hint = "If it is right, the operator of this host can allow it: QRY_EGRESS_ALLOW=" +
                    refused_address_};
    }
    if (head_too_large_) {
        return error{
            .kind = status::resource_limit,
            .message = "the header of the answer of " + url + " is longer than 256 KiB"};
    }
    if (body_too_large_) {
        return error{
            .kind = status::resource_limit,
            .message = "the answer of " + url + " is longer than " +
                       std::to_string(asked_.max_body) + " bytes"};
    }
    if (out_of_memory_) {
        return error{.kind = status::resource_limit, .message = "out of memory"};
    }
    return transfer_error(*code_, words_, where_, asked_.secret_url);
}

}  // namespace qry::http
