#include "http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace qry::test {

struct http_server::tls {
    explicit tls(const std::string& name) {
        std::string pattern = (std::filesystem::temp_directory_path() / "qry-http-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        folder = pattern;
        const std::string made =
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=" + name +
            " -addext subjectAltName=DNS:" + name + " -keyout " + key() + " -out " + certificate() +
            " 2>/dev/null";
        if (std::system(made.c_str()) != 0) throw std::runtime_error("openssl req failed");
        // OpenSSL writes without MSG_NOSIGNAL; libcurl, told to leave signals alone, does as well.
        std::signal(SIGPIPE, SIG_IGN);
        context = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate_chain_file(context, certificate().c_str());
        SSL_CTX_use_PrivateKey_file(context, key().c_str(), SSL_FILETYPE_PEM);
    }
    tls(const tls&) = delete;
    tls& operator=(const tls&) = delete;
    ~tls() {
        SSL_CTX_free(context);
        std::filesystem::remove_all(folder);
    }
    [[nodiscard]] std::string key() const { return folder + "/key.pem"; }
    [[nodiscard]] std::string certificate() const { return folder + "/certificate.pem"; }

    std::string folder;
    SSL_CTX* context = nullptr;
};

namespace {

class plain_connection final : public connection {
public:
    plain_connection(int fd, SSL_CTX* context) : fd_(fd) {
        if (context == nullptr) return;
        ssl_ = SSL_new(context);
        SSL_set_fd(ssl_, fd);
        good_ = SSL_accept(ssl_) == 1;
    }
    plain_connection(const plain_connection&) = delete;
    plain_connection& operator=(const plain_connection&) = delete;
    ~plain_connection() override {
        if (ssl_ == nullptr) return;
        if (good_) SSL_shutdown(ssl_);
        SSL_free(ssl_);
    }

    bool write(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t sent = ssl_ != nullptr
                                     ? SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()))
                                     : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    bool wait_for_end() override {
        while (fill()) {
        }
        return true;
    }

    [[nodiscard]] bool good() const noexcept { return good_; }
    bool read(received& out) {
        std::size_t end = 0;
        while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
            if (!fill()) return false;
        }
        const std::size_t line = in_.find("\r\n");
        out.line = in_.substr(0, line);
        out.head = in_.substr(line + 2, end - line);
        in_.erase(0, end + 4);
        const std::size_t at = out.head.find("Content-Length: ");
        const std::size_t size =
            at == std::string::npos ? 0 : std::strtoul(out.head.c_str() + at + 16, nullptr, 10);
        while (in_.size() < size) {
            if (!fill()) return false;
        }
        out.body = in_.substr(0, size);
        in_.erase(0, size);
        return true;
    }

private:
    bool fill() {
        char bytes[16384];
        const ssize_t got = ssl_ != nullptr ? SSL_read(ssl_, bytes, sizeof(bytes))
                                            : ::recv(fd_, bytes, sizeof(bytes), 0);
        if (got <= 0) return false;
        in_.append(bytes, static_cast<std::size_t>(got));
        return true;
    }

    const int fd_;
    SSL* ssl_ = nullptr;
    bool good_ = true;
    std::string in_;
};

}  // namespace

http_server::http_server(script what) : script_(std::move(what)) {
    listen();
}

http_server::http_server(script what, const std::string& name)
    : script_(std::move(what)), tls_(std::make_unique<tls>(name)) {
    listen();
}

void http_server::listen() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(where);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&where), size) != 0 ||
        ::listen(listener_, 1024) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size) != 0) {
        throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(where.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

http_server::~http_server() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    std::vector<std::thread> threads;
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : open_)
            ::shutdown(fd, SHUT_RDWR);
        threads.swap(threads_);
    }
    for (std::thread& t : threads)
        t.join();
}

void http_server::accept_all() {
    while (!stopping_) {
        const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        ++connections_;
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        threads_.emplace_back([this, fd] { serve(fd); });
    }
}

void http_server::serve(int fd) {
    {
        plain_connection by(fd, tls_ ? tls_->context : nullptr);
        received what;
        while (by.good() && by.read(what)) {
            ++what.number;
            ++requests_;
            {
                const std::lock_guard lock(mutex_);
                log_.push_back(what);
            }
            if (!script_(by, what)) break;
        }
    }
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    ::close(fd);
}

std::string http_server::url() const {
    return (tls_ ? "https://" : "http://") + std::string("127.0.0.1:") + std::to_string(port_);
}

std::string http_server::ca_file() const {
    return tls_->certificate();
}

std::vector<received> http_server::log() const {
    const std::lock_guard lock(mutex_);
    return log_;
}

std::string answer(int status, std::string_view body, std::string_view headers) {
    std::string out = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
    out += headers;
    out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    out += body;
    return out;
}

}  // namespace qry::test
