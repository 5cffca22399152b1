// One try of one request: an easy handle, what it has received, and who waits for it.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <qry/kit/http/client.hpp>
#include <qry/kit/http/url.hpp>
#include <qry/kit/net/egress.hpp>

#include "multi.hpp"

namespace qry::http {

// May a socket be connected there? The host's policy, or the default when it has none.
[[nodiscard]] bool may_connect(const sockaddr& address, unsigned length);

class transfer final : public transfer_end {
public:
    struct what {
        const request& asked;
        const options& how;
        const url_parts& where;
        std::string url;
        // Empty = no Authorization header.
        const secret* authorization;
        // "10.0.0.7" … of the host, or of the proxy.
        const std::vector<std::string>& addresses;
        std::string resolve_host;
        std::uint16_t resolve_port;
        // Pieces are taken while it runs, so that it has to stop when too many wait.
        bool streaming;
    };
    transfer(std::shared_ptr<multi> by, waiter& place, const what& w);
    transfer(const transfer&) = delete;
    transfer& operator=(const transfer&) = delete;
    ~transfer();

    // False when libcurl cannot.
    [[nodiscard]] bool begin();
    [[nodiscard]] bool done() const noexcept { return code_.has_value(); }
    // A final answer's head is here: not a redirect, not one that is tried again.
    [[nodiscard]] int status() const noexcept { return answer_.status; }
    [[nodiscard]] std::string take_piece();
    [[nodiscard]] response take_answer() noexcept { return std::move(answer_); }
    // The reason, once done: nothing = it succeeded.
    [[nodiscard]] std::optional<error> failure() const;
    [[nodiscard]] bool broke_early() const noexcept;

    void ended(CURLcode code) noexcept override;
    void stirred() noexcept override;

private:
    void set_up(const what& w);
    void set_up_tls(const options& how);
    void set_up_method(const request& asked);
    void add_header(const std::string& line);

    static std::size_t on_header(
        char* data, std::size_t one, std::size_t size, void* self
    ) noexcept;
    static std::size_t on_body(char* data, std::size_t one, std::size_t size, void* self) noexcept;
    static std::size_t on_read(char* to, std::size_t one, std::size_t size, void* self) noexcept;
    static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* to) noexcept;
    void take_header(std::string_view line);
    void look_at_connection();

    struct easy_end {
        void operator()(CURL* e) const noexcept { curl_easy_cleanup(e); }
    };
    struct list_end {
        void operator()(curl_slist* l) const noexcept { curl_slist_free_all(l); }
    };

    const std::shared_ptr<multi> multi_;
    waiter& place_;
    const request& asked_;
    const url_parts& where_;
    const bool streaming_;
    std::unique_ptr<CURL, easy_end> easy_;
    std::unique_ptr<curl_slist, list_end> headers_;
    std::unique_ptr<curl_slist, list_end> addresses_;
    char words_[CURL_ERROR_SIZE] = {};
    response answer_;
    std::size_t header_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    // Of the request's body.
    std::size_t sent_ = 0;
    std::optional<CURLcode> code_;
    std::string refused_address_;
    bool head_too_large_ = false;
    bool body_too_large_ = false;
    bool out_of_memory_ = false;
    bool added_ = false;
    bool paused_ = false;
};

}  // namespace qry::http
