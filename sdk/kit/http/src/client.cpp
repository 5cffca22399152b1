#include <qry/kit/http/client.hpp>

#include <algorithm>
#include <cctype>
#include <mutex>

#include "exchange.hpp"

namespace qry::http {

bool header::is(std::string_view other) const noexcept {
    return std::ranges::equal(name, other, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    });
}

std::string_view response::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find_if(headers, [&](const header& h) { return h.is(name); });
    return found != headers.end() ? std::string_view(found->value) : std::string_view();
}

bool same_origin(std::string_view url, std::string_view other) {
    const auto a = read_url(std::string(url));
    const auto b = read_url(std::string(other));
    return a && b && a->same_origin(*b);
}

client::client(std::shared_ptr<impl> made) noexcept : impl_(std::move(made)) {}

client::~client() = default;

result<std::unique_ptr<client>> client::make(loop_ref loop, options how) {
    static std::once_flag once;
    static CURLcode begun = CURLE_FAILED_INIT;
    std::call_once(once, [] { begun = curl_global_init(CURL_GLOBAL_DEFAULT); });
    std::shared_ptr<impl> made;
    if (begun == CURLE_OK) made = std::make_shared<impl>(loop, std::move(how));
    if (!made || !made->transfers->usable()) {
        return error{.kind = status::resource_limit, .message = "libcurl could not be set up"};
    }
    return std::unique_ptr<client>(new client(std::move(made)));
}

void client::authorize_with(authorizer how) {
    impl_->authorize = std::move(how);
}

// Whoever is woken takes itself off the list, and others with it; a connect that it ends takes the
// client away, too.
void client::interrupt() noexcept {
    const std::shared_ptr<impl> held = impl_;
    const std::uint64_t now = ++held->interrupts;
    for (;;) {
        const auto next = std::ranges::find_if(held->running, [now](const exchange* e) {
            return e->interrupted_by() < now;
        });
        if (next == held->running.end()) return;
        (*next)->interrupt(now);
    }
}

void client::interrupt(const request& which) noexcept {
    const auto found = std::ranges::find_if(impl_->running, [&which](const exchange* e) {
        return e->carries(which);
    });
    if (found != impl_->running.end()) (*found)->interrupt(impl_->interrupts);
}

task<result<response>> client::send(const request& what) {
    exchange work(*impl_, what, nullptr);
    co_return co_await work.run();
}

task<result<response>> client::stream(const request& what, body_sink sink) {
    exchange work(*impl_, what, &sink);
    co_return co_await work.run();
}

}  // namespace qry::http
