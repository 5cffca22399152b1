#include "resolve.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <system_error>
#include <thread>

namespace qry::postgresql {

namespace {

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

bool is_numeric(const std::string& host) {
    in6_addr buffer;
    // A scope ("fe80::1%eth0") is numeric too, but only getaddrinfo reads it.
    return ::inet_pton(AF_INET, host.c_str(), &buffer) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

error bad_list(std::string parameter, std::string message) {
    return {
        .kind = status::invalid_parameter,
        .message = std::move(message),
        .hint = "Give one entry for each host, or a single one for all.",
        .parameter = std::move(parameter)};
}

std::vector<std::string> look_up(const std::string& host, std::string& failure) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &wanted, &found);
    if (code != 0) {
        failure = "host name \"" + host + "\" could not be resolved: " + ::gai_strerror(code);
        return {};
    }
    std::vector<std::string> addresses;
    for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(
                a->ai_addr, a->ai_addrlen, text, sizeof(text), nullptr, 0, NI_NUMERICHOST
            ) == 0) {
            addresses.emplace_back(text);
        }
    }
    ::freeaddrinfo(found);
    return addresses;
}

// Shared by the loop and the thread, so that either may go first.
struct look_up_job {
    explicit look_up_job(std::vector<endpoint> which) : hosts(std::move(which)) {}
    look_up_job(const look_up_job&) = delete;
    look_up_job& operator=(const look_up_job&) = delete;
    ~look_up_job() {
        if (done >= 0) ::close(done);
    }

    const std::vector<endpoint> hosts;
    const int done = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    std::mutex mutex;
    // Guarded by mutex
    std::vector<endpoint> found;
    std::string failure;

    void run() {
        std::vector<endpoint> all;
        std::string why;
        for (const endpoint& e : hosts) {
            if (e.local() || !e.address.empty()) {
                all.push_back(e);
                continue;
            }
            for (std::string& address : look_up(e.host, why)) {
                all.push_back({e.host, std::move(address), e.port});
            }
        }
        {
            const std::lock_guard lock(mutex);
            found = std::move(all);
            failure = std::move(why);
        }
        (void)::eventfd_write(done, 1);
    }
};

}  // namespace

std::string endpoint::name() const {
    if (local()) return (host.empty() ? "the default socket folder" : host) + ", port " + port;
    if (host.empty() || host == address) return address + ":" + port;
    return host + ":" + port + (address.empty() ? "" : " (" + address + ")");
}

result<std::vector<endpoint>> read_endpoints(
    std::string_view hosts, std::string_view addresses, std::string_view ports
) {
    const auto host = split(hosts);
    const auto address = split(addresses);
    const auto port = split(ports);
    const std::size_t count = addresses.empty() ? host.size() : address.size();
    if (!addresses.empty() && !hosts.empty() && host.size() != count) {
        return bad_list(
            "hostaddr",
            "hostaddr has " + std::to_string(count) + " entries, but host has " +
                std::to_string(host.size())
        );
    }
    if (port.size() != 1 && port.size() != count) {
        return bad_list(
            "port",
            "port has " + std::to_string(port.size()) + " entries, but there are " +
                std::to_string(count) + " hosts"
        );
    }
    std::vector<endpoint> all;
    for (std::size_t i = 0; i < count; ++i) {
        endpoint e;
        if (!hosts.empty()) e.host = host[i];
        if (!addresses.empty()) e.address = address[i];
        e.port = port.size() == 1 ? port[0] : port[i];
        if (e.port.empty()) e.port = "5432";
        if (e.address.empty() && is_numeric(e.host)) e.address = e.host;
        all.push_back(std::move(e));
    }
    return all;
}

error stopped(wake why, std::string_view doing) {
    if (why == wake::interrupted) {
        return {.kind = status::query_cancelled, .message = "connecting was cancelled"};
    }
    return {
        .kind = status::connection_failed,
        .message = "no answer in time while " + std::string(doing),
        .hint = "Check host and port and any firewall in between, or raise connect_timeout.",
        .retryable = true};
}

task<result<std::vector<endpoint>>> resolve(
    waiter& place, std::vector<endpoint> hosts, std::int64_t deadline_ns
) {
    const bool ready = std::all_of(hosts.begin(), hosts.end(), [](const endpoint& e) {
        return e.local() || !e.address.empty();
    });
    if (ready) co_return std::move(hosts);
    auto job = std::make_shared<look_up_job>(std::move(hosts));
    if (job->done < 0 || !place.watch(job->done)) {
        co_return error{
            .kind = status::resource_limit, .message = "no descriptor is left for a name look-up"};
    }
    try {
        std::thread([job] { job->run(); }).detach();
    } catch (const std::system_error&) {
        place.unwatch();
        co_return error{
            .kind = status::resource_limit, .message = "no thread is left for a name look-up"};
    }
    const wake why = co_await place.wait(QRY_READABLE, deadline_ns);
    place.unwatch();
    if (why != wake::ready) co_return stopped(why, "looking up the host name");
    const std::lock_guard lock(job->mutex);
    if (job->found.empty()) {
        co_return error{
            .kind = status::connection_failed,
            .message = job->failure.empty() ? "the host has no address" : job->failure,
            .hint = "Check the parameter host, or give the address in hostaddr.",
            .retryable = true};
    }
    co_return std::move(job->found);
}

}  // namespace qry::postgresql
