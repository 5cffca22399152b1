#include <qry/kit/net/lookup.hpp>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

namespace qry::net {

namespace {

std::vector<std::string> ask(const std::string& host, std::string& failure) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    std::vector<std::string> out;
    if (code != 0) {
        failure = "host name \"" + host + "\" could not be resolved: " + ::gai_strerror(code);
        return out;
    }
    for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        const int named = ::getnameinfo(
            a->ai_addr, a->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST
        );
        if (named == 0 && std::ranges::find(out, text.data()) == out.end()) {
            out.emplace_back(text.data());
        }
    }
    ::freeaddrinfo(found);
    return out;
}

// Shared by the loop and the thread, so that either may go first.
struct job {
    explicit job(std::string which) : host(std::move(which)) {}
    job(const job&) = delete;
    job& operator=(const job&) = delete;
    ~job() {
        if (done >= 0) ::close(done);
    }

    const std::string host;
    const int done = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    std::mutex mutex;
    // Guarded by mutex
    std::vector<std::string> found;
    std::string failure;

    void run() {
        std::string why;
        std::vector<std::string> all = ask(host, why);
        {
            const std::lock_guard lock(mutex);
            found = std::move(all);
            failure = std::move(why);
        }
        (void)::eventfd_write(done, 1);
    }
};

}  // namespace

bool is_numeric_address(const std::string& host) noexcept {
    // A scope ("fe80::1%eth0") is numeric too, but only getaddrinfo reads it.
    std::array<std::uint8_t, 16> out{};
    return ::inet_pton(AF_INET, host.c_str(), out.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), out.data()) == 1;
}

task<result<std::vector<std::string>>> look_up(
    waiter& place, std::string host, std::int64_t deadline_ns
) {
    if (is_numeric_address(host)) co_return std::vector<std::string>{std::move(host)};
    auto work = std::make_shared<job>(std::move(host));
    if (work->done < 0 || !place.watch(work->done)) {
        co_return error{
            .kind = status::resource_limit, .message = "no descriptor is left for a name look-up"};
    }
    try {
        std::thread([work] { work->run(); }).detach();
    } catch (const std::system_error&) {
        place.unwatch();
        co_return error{
            .kind = status::resource_limit, .message = "no thread is left for a name look-up"};
    }
    const wake why = co_await place.wait(QRY_READABLE, deadline_ns);
    place.unwatch();
    if (why == wake::interrupted) {
        co_return error{.kind = status::query_cancelled, .message = "the look-up was cancelled"};
    }
    if (why == wake::timeout) {
        co_return error{
            .kind = status::connection_failed,
            .message = "no answer in time while looking up host \"" + work->host + "\"",
            .hint = "Check the name and the name servers of this machine.",
            .retryable = true};
    }
    const std::lock_guard lock(work->mutex);
    if (work->found.empty()) {
        co_return error{
            .kind = status::connection_failed,
            .message = work->failure.empty() ? "host \"" + work->host + "\" has no address"
                                             : work->failure,
            .hint = "Check the spelling of the host, or give its address.",
            .retryable = true};
    }
    co_return std::move(work->found);
}

}  // namespace qry::net
