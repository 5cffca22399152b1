// libcurl's multi interface on the host's loop: it says which sockets and which moment it waits
// for, the loop tells it when they have come.
#pragma once

#include <curl/curl.h>

#include <deque>
#include <map>
#include <memory>

#include <qry/loop.hpp>

namespace qry::http {

// Whose transfer has ended, or has something to read.
class transfer_end {
public:
    virtual void ended(CURLcode code) noexcept = 0;
    virtual void stirred() noexcept = 0;

protected:
    ~transfer_end() = default;
};

// Held by shared_ptr, since the end of a transfer may be the end of its owner's owner.
class multi : public std::enable_shared_from_this<multi> {
public:
    explicit multi(loop_ref loop);
    multi(const multi&) = delete;
    multi& operator=(const multi&) = delete;
    ~multi();

    [[nodiscard]] bool usable() const noexcept { return handle_ != nullptr; }
    // Starts a transfer; `whose` is told of its end unless it is removed before.
    [[nodiscard]] bool add(CURL* easy, transfer_end& whose);
    void remove(CURL* easy, transfer_end& whose) noexcept;
    // Called by libcurl's callbacks, inside which nobody may be resumed: `whose` is told
    // afterwards.
    void tell_later(transfer_end& whose);
    // libcurl's curl_easy_pause may call for sockets and timers; so all of it goes through here.
    void resume(CURL* easy) noexcept;

private:
    struct watched {
        multi* owner;
        curl_socket_t fd;
        qry_watch* watch;
    };

    struct end {
        CURL* easy;
        transfer_end* whose;
        CURLcode code;
    };

    static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept;
    static int on_timer(CURLM*, long ms, void* self) noexcept;
    static void on_ready(void* data, std::uint32_t events);
    static void on_time(void* data);
    void act(curl_socket_t fd, int events);
    void tell_ends();

    loop_ref loop_;
    CURLM* handle_;
    qry_timer* timer_ = nullptr;
    std::map<curl_socket_t, watched> sockets_;
    // Ended, and not told yet.
    std::deque<end> ends_;
    std::deque<transfer_end*> stirred_;
};

}  // namespace qry::http
