#include "supervisor/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace qry::supervisor {

namespace asio = boost::asio;
using registry::unique_fd;

namespace {

error system_error(const std::string& doing, int number) {
    return {
        .kind = status::resource_limit,
        .message = "a worker process could not be started: " + doing + ": " + std::strerror(number),
        .hint = "check the limits of processes and open files (ulimit -u, ulimit -n)",
        .from = origin::host,
        .retryable = true};
}

death status_of(int pidfd) noexcept {
    siginfo_t info{};
    int done = 0;
    do {
        done = waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG);
    } while (done != 0 && errno == EINTR);
    if (done != 0 || info.si_pid == 0) return {death_cause::unknown, 0, {}};
    if (info.si_code == CLD_EXITED) return {death_cause::exited, info.si_status, {}};
    return {death_cause::signal, info.si_status, {}};
}

class child_process final : public process {
public:
    child_process(asio::io_context& home, pid_t id, unique_fd pidfd)
        : id_(id), owner_(getpid()), pidfd_(home, pidfd.release()) {}
    ~child_process() override {
        if (reaped_ || getpid() != owner_) return;
        kill();
        // Dying takes a moment; a process that cannot even die is left to init.
        pollfd gone{pidfd_.native_handle(), POLLIN, 0};
        if (poll(&gone, 1, 1000) > 0) (void)status_of(pidfd_.native_handle());
    }
    int id() const noexcept override { return id_; }
    void watch(callback<void(death)> on_end) override {
        pidfd_.async_wait(
            asio::posix::stream_descriptor::wait_read,
            [this, on_end = std::move(on_end)](const boost::system::error_code& failed) mutable {
                if (failed) return;
                // What it has started goes with it. Before it is reaped: until then its number is
                // nobody else's.
                (void)::kill(-id_, SIGKILL);
                reaped_ = true;
                on_end(status_of(pidfd_.native_handle()));
            }
        );
    }
    void kill() noexcept override {
        // After fork() the child holds a copy of everything, but the worker is not its.
        if (getpid() != owner_) return;
        (void)syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), SIGKILL, nullptr, 0);
    }

private:
    const pid_t id_;
    const pid_t owner_;
    bool reaped_ = false;
    asio::posix::stream_descriptor pidfd_;
};

// What posix_spawn is told; freed whatever happens.
struct spawn_plan {
    spawn_plan() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    spawn_plan(const spawn_plan&) = delete;
    spawn_plan& operator=(const spawn_plan&) = delete;
    ~spawn_plan() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

// The ends that the worker gets, from descriptor 3 on, after those it does not talk over.
constexpr int first_lane = 3;

void plan(spawn_plan& to, int output, const std::vector<unique_fd>& ends) {
    auto* actions = &to.actions;
    posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(actions, output, 2);
    int number = first_lane;
    for (const unique_fd& end : ends)
        posix_spawn_file_actions_adddup2(actions, end.get(), number++);
    // Close-on-exec is not set on every descriptor of a Python program.
    posix_spawn_file_actions_addclosefrom_np(actions, number);

    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&to.attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&to.attributes, &signals);
    posix_spawnattr_setpgroup(&to.attributes, 0);
    posix_spawnattr_setflags(
        &to.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    );
}

// Above those that the plan writes to, so that no action destroys what a later one needs.
result<unique_fd> out_of_the_way(unique_fd from, std::size_t lanes) {
    const int lowest = first_lane + 1 + static_cast<int>(lanes);
    if (from.get() > lowest) return from;
    unique_fd moved(fcntl(from.get(), F_DUPFD_CLOEXEC, lowest + 1));
    if (moved.get() < 0) return system_error("moving a descriptor", errno);
    return moved;
}

result<void> socket_pair(unique_fd& ours, unique_fd& theirs, std::size_t lanes) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return system_error("making a socket", errno);
    }
    ours = unique_fd(pair[0]);
    auto moved = out_of_the_way(unique_fd(pair[1]), lanes);
    if (!moved) return std::move(moved).error();
    theirs = std::move(*moved);
    return {};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& one : texts)
        out.push_back(one.data());
    out.push_back(nullptr);
    return out;
}

result<pid_t> spawn(const settings& how, int output, const std::vector<unique_fd>& ends) {
    auto program = find_program(how.program);
    if (!program) return std::move(program).error();
    std::string lanes;
    for (std::size_t i = 1; i < ends.size(); ++i) {
        lanes += (i == 1 ? "" : ",") + std::to_string(first_lane + static_cast<int>(i));
    }
    std::vector<std::string> arguments{
        program->string(), "worker", "--control", std::to_string(first_lane), "--lanes", lanes};
    if (how.processes) arguments.insert(arguments.end(), {"--processes", "1"});
    std::vector<std::string> environment =
        worker_environment([](const char* name) { return std::getenv(name); });
    spawn_plan to;
    plan(to, output, ends);
    pid_t child = -1;
    const int failed = posix_spawn(
        &child,
        program->c_str(),
        &to.actions,
        &to.attributes,
        pointers(arguments).data(),
        pointers(environment).data()
    );
    if (failed != 0) return system_error("running '" + program->string() + "'", failed);
    return child;
}

result<launched> launch(const settings& how, asio::io_context& home, std::size_t lanes) {
    launched out;
    std::vector<unique_fd> theirs(lanes + 1);
    auto made = socket_pair(out.control, theirs[0], lanes);
    out.lanes.resize(lanes);
    for (std::size_t i = 0; made && i < lanes; ++i)
        made = socket_pair(out.lanes[i], theirs[i + 1], lanes);
    if (!made) return std::move(made).error();
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) != 0) return system_error("making a pipe", errno);
    out.output = unique_fd(pair[0]);
    auto output = out_of_the_way(unique_fd(pair[1]), lanes);
    if (!output) return std::move(output).error();
    auto child = spawn(how, output->get(), theirs);
    if (!child) return std::move(child).error();
    // By number: this C library declares its own functions for C alone.
    unique_fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, *child, 0)));
    if (pidfd.get() < 0) {
        const int why = errno;
        ::kill(*child, SIGKILL);
        waitpid(*child, nullptr, 0);
        return system_error("watching a process", why);
    }
    out.child = std::make_unique<child_process>(home, *child, std::move(pidfd));
    return out;
}

}  // namespace

launcher make_launcher(settings how) {
    return [how = std::move(how)](asio::io_context& home, std::size_t lanes) {
        return launch(how, home, lanes);
    };
}

}  // namespace qry::supervisor
