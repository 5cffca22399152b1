#include "multi.hpp"

#include <algorithm>
#include <utility>

#include <qry/clock.hpp>

namespace qry::http {

multi::multi(loop_ref loop) : loop_(loop), handle_(curl_multi_init()) {
    if (handle_ == nullptr) return;
    curl_multi_setopt(handle_, CURLMOPT_SOCKETFUNCTION, &multi::on_socket);
    curl_multi_setopt(handle_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(handle_, CURLMOPT_TIMERFUNCTION, &multi::on_timer);
    curl_multi_setopt(handle_, CURLMOPT_TIMERDATA, this);
}

multi::~multi() {
    if (handle_ != nullptr) curl_multi_cleanup(handle_);
    loop_.services->timer_cancel(timer_);
    for (auto& [fd, w] : sockets_)
        loop_.services->unwatch(w.watch);
}

bool multi::add(CURL* easy, transfer_end& whose) {
    curl_easy_setopt(easy, CURLOPT_PRIVATE, static_cast<void*>(&whose));
    return curl_multi_add_handle(handle_, easy) == CURLM_OK;
}

void multi::remove(CURL* easy, transfer_end& whose) noexcept {
    curl_multi_remove_handle(handle_, easy);
    std::erase_if(ends_, [easy](const auto& e) { return e.easy == easy; });
    std::erase(stirred_, &whose);
}

void multi::tell_later(transfer_end& whose) {
    if (std::ranges::find(stirred_, &whose) == stirred_.end()) stirred_.push_back(&whose);
}

void multi::resume(CURL* easy) noexcept {
    curl_easy_pause(easy, CURLPAUSE_CONT);
}

// Called before libcurl closes a socket, too, so that nothing is watched that is gone.
int multi::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept {
    auto& m = *static_cast<multi*>(self);
    const qry_loop_services& services = *m.loop_.services;
    const auto known = m.sockets_.find(fd);
    if (what == CURL_POLL_REMOVE) {
        if (known == m.sockets_.end()) return 0;
        services.unwatch(known->second.watch);
        m.sockets_.erase(known);
        return 0;
    }
    std::uint32_t events = 0;
    if ((what & CURL_POLL_IN) != 0) events |= QRY_READABLE;
    if ((what & CURL_POLL_OUT) != 0) events |= QRY_WRITABLE;
    if (known != m.sockets_.end()) {
        services.watch_events(known->second.watch, events);
        return 0;
    }
    try {
        watched& w = m.sockets_.emplace(fd, watched{&m, fd, nullptr}).first->second;
        w.watch = services.watch(m.loop_.loop, fd, events, &multi::on_ready, &w);
        if (w.watch != nullptr) return 0;
        m.sockets_.erase(fd);
    } catch (...) {
        m.sockets_.erase(fd);
    }
    return -1;
}

int multi::on_timer(CURLM*, long ms, void* self) noexcept {
    auto& m = *static_cast<multi*>(self);
    m.loop_.services->timer_cancel(std::exchange(m.timer_, nullptr));
    if (ms < 0) return 0;
    const std::int64_t at = now_ns() + ms * millisecond;
    m.timer_ = m.loop_.services->timer(m.loop_.loop, at, &multi::on_time, self);
    return m.timer_ != nullptr ? 0 : -1;
}

void multi::on_ready(void* data, std::uint32_t events) {
    const watched w = *static_cast<watched*>(data);
    const int what = ((events & QRY_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                     ((events & QRY_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0);
    w.owner->act(w.fd, what);
}

void multi::on_time(void* data) {
    auto& m = *static_cast<multi*>(data);
    m.timer_ = nullptr;
    m.act(CURL_SOCKET_TIMEOUT, 0);
}

void multi::act(curl_socket_t fd, int events) {
    const auto alive = shared_from_this();
    int running = 0;
    curl_multi_socket_action(handle_, fd, events, &running);
    tell_ends();
}

// All are taken out first: whoever is told may add, remove, or end everything.
void multi::tell_ends() {
    int left = 0;
    while (const CURLMsg* m = curl_multi_info_read(handle_, &left)) {
        if (m->msg != CURLMSG_DONE) continue;
        void* whose = nullptr;
        CURL* easy = m->easy_handle;
        const CURLcode code = m->data.result;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &whose);
        curl_multi_remove_handle(handle_, easy);
        ends_.push_back({easy, static_cast<transfer_end*>(whose), code});
    }
    while (!stirred_.empty()) {
        transfer_end* const whose = stirred_.front();
        stirred_.pop_front();
        whose->stirred();
    }
    while (!ends_.empty()) {
        const end e = ends_.front();
        ends_.pop_front();
        e.whose->ended(e.code);
    }
}

}  // namespace qry::http
