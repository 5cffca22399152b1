#include "worker/process.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/flight_recorder.hpp"
#include "base/log.hpp"
#include "worker/control.hpp"
#include "worker/fork_filter.hpp"

namespace qry::worker {

namespace asio = boost::asio;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// They reserve terabytes, and report crashes in handlers of their own.
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

error refused(const char* call) {
    return {
        .kind = status::plugin_error,
        .message = std::string(call) + ": " + std::strerror(errno),
        .from = origin::host};
}

[[noreturn]] void leave(int status, const std::string& why) {
    if (!why.empty()) {
        const std::string line = "qry-host worker: " + why + "\n";
        // There is nobody to tell if this fails too.
        if (write(STDERR_FILENO, line.data(), line.size()) < 0) _exit(status);
    }
    // No destructors: the plugin's threads still run.
    _exit(status);
}

result<void> limit(int which, std::uint64_t most) {
    rlimit now{};
    if (getrlimit(which, &now) != 0) return refused("getrlimit");
    const rlim_t bound = std::min<rlim_t>(most, now.rlim_max);
    const rlimit then{bound, bound};
    if (setrlimit(which, &then) != 0) return refused("setrlimit");
    return {};
}

// What was ignored or blocked by whoever started the host is no business of a plugin's.
void reset_signals() {
    for (int number = 1; number < SIGRTMAX; ++number) {
        struct sigaction now {};
        if (sigaction(number, nullptr, &now) != 0 || now.sa_handler != SIG_IGN) continue;
        signal(number, SIG_DFL);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // Ctrl-C in a terminal, and the stop of a service, reach the host too: it cancels what runs
    // and then lets this process go.
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
}

result<void> close_others(const process_options& options) {
    std::vector<int> keep = options.lanes;
    keep.push_back(options.control);
    keep.push_back(STDERR_FILENO);
    std::sort(keep.begin(), keep.end());
    for (std::size_t i = 0; i < keep.size(); ++i) {
        const auto from = static_cast<unsigned>(keep[i]) + 1;
        const auto to = i + 1 < keep.size() ? static_cast<unsigned>(keep[i + 1]) - 1 : ~0U;
        if (from <= to && close_range(from, to, 0) != 0) return refused("close_range");
    }
    return {};
}

bool hung_up(int socket) {
    pollfd look{.fd = socket, .events = POLLRDHUP, .revents = 0};
    return poll(&look, 1, 0) < 0 || (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

// Shared with the host, which reads it when this process is dead.
void record(wire::lane& to) {
    const registry::unique_fd page(memfd_create("qry-flights", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (page.get() < 0 || ftruncate(page.get(), base::flight_bytes) != 0) return;
    fcntl(page.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    void* at = mmap(nullptr, base::flight_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, page.get(), 0);
    if (at == MAP_FAILED) return;
    to.send_descriptor({.number = base::flight_segment, .bytes = base::flight_bytes}, page.get());
    base::record_flights(at);
    if (!sanitized) base::note_fatal_signals();
}

void greeted(const wire::hello& what, log_relay& log, wire::lane& lane) {
    const int level = std::clamp(
        what.log_threshold,
        static_cast<int>(base::log_level::error),
        static_cast<int>(base::log_level::trace)
    );
    base::redirect_log(&log, static_cast<base::log_level>(level));
    record(lane);
    prctl(PR_SET_NAME, ("qry-w-" + what.plugin_name).c_str());
}

// Should the main thread be held up by whatever the plugin did: the process still ends.
void end_anyhow() {
    signal(SIGALRM, SIG_DFL);
    const itimerval soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_usec = 700'000}};
    setitimer(ITIMER_REAL, &soon, nullptr);
}

// Rationale: SIGHUP and not SIGKILL, for a query must end on its server too, and that takes a word
// from here. The signal also comes when the thread that started this process ends and the host
// lives on.
void watch_parent(asio::signal_set& signals, control& of, pid_t parent) {
    signals.async_wait([&signals, &of, parent](const boost::system::error_code& failed, int) {
        if (failed) return;
        if (getppid() != parent) {
            end_anyhow();
            of.hang_up();
        }
        watch_parent(signals, of, parent);
    });
}

}  // namespace

result<void> harden(const process_options& options) {
    // Deadly until the plugin is loaded.
    if (prctl(PR_SET_PDEATHSIG, SIGHUP) != 0) return refused("prctl(PR_SET_PDEATHSIG)");
    if (hung_up(options.control)) leave(exit_well, {});
    if (prctl(PR_SET_DUMPABLE, 0) != 0) return refused("prctl(PR_SET_DUMPABLE)");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused("prctl(PR_SET_NO_NEW_PRIVS)");
    reset_signals();
    if (auto closed = close_others(options); !closed) return closed;
    if (auto done = limit(RLIMIT_CORE, 0); !done) return done;
    if (auto done = limit(RLIMIT_NOFILE, options.files); !done) return done;
    // A sanitizer starts a process of its own to look for leaks.
    if (sanitized) return {};
    if (auto done = limit(RLIMIT_DATA, options.data_bytes); !done) return done;
    if (options.processes) return {};
    return refuse_processes();
}

void serve(const process_options& options) {
    const pid_t parent = getppid();
    if (auto done = harden(options); !done) leave(exit_violation, done.error().message);
    prctl(PR_SET_NAME, "qry-worker");
    asio::io_context& loop = *new asio::io_context(1);
    auto& signals = *new asio::signal_set(loop);
    control_parts parts;
    parts.socket = registry::unique_fd(options.control);
    for (const int lane : options.lanes) {
        parts.lanes.emplace_back(lane);
    }
    auto made = std::make_shared<std::weak_ptr<control>>();
    parts.on_hello = &greeted;
    parts.on_loaded = [&signals, made, parent] {
        signals.add(SIGHUP);
        if (const auto self = made->lock()) watch_parent(signals, *self, parent);
    };
    parts.on_exit = [](int status, const std::string& why) { leave(status, why); };
    // The log goes through it as long as the process lives.
    auto& self = *new std::shared_ptr<control>(std::make_shared<control>(loop, std::move(parts)));
    *made = self;
    self->start();
    for (;;) {
        try {
            loop.run();
            leave(exit_violation, "the control lane's loop ended by itself");
        } catch (const std::exception& e) {
            leave(exit_violation, std::string("exception on the control lane: ") + e.what());
        }
    }
}

}  // namespace qry::worker
