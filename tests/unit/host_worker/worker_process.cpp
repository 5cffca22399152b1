#include "worker_process.hpp"

#include <chrono>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/flight_recorder.hpp"

namespace host_end {

namespace {

// Between fork and exec: nothing but system calls.
[[noreturn]] void become_worker(int control, int lane, int output) {
    const int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(output, 2);
    // Above the numbers they are to have.
    const int safe_control = fcntl(control, F_DUPFD, 10);
    const int safe_lane = fcntl(lane, F_DUPFD, 10);
    dup2(safe_control, 3);
    dup2(safe_lane, 4);
    const char* argv[] = {QRY_HOST, "worker", "--control", "3", "--lanes", "4", nullptr};
    const char* environment[] = {"LANG=C.UTF-8", "LSAN_OPTIONS=detect_leaks=0", nullptr};
    execve(QRY_HOST, const_cast<char**>(argv), const_cast<char**>(environment));
    _exit(127);
}

}  // namespace

worker_process::worker_process(boost::asio::io_context& loop) {
    auto [control_here, control_there] = socket_pair();
    auto [lane_here, lane_there] = socket_pair();
    int ends[2] = {-1, -1};
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    output_ = unique_fd(ends[0]);
    const unique_fd output_there(ends[1]);
    pid_ = fork();
    if (pid_ == 0) become_worker(control_there.get(), lane_there.get(), output_there.get());
    REQUIRE(pid_ > 0);
    control = std::make_unique<peer>(loop, std::move(control_here));
    lane = std::make_unique<peer>(loop, std::move(lane_here));
}

worker_process::~worker_process() {
    if (!flights.empty()) munmap(const_cast<std::byte*>(flights.data()), flights.size());
    if (ended_) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void worker_process::greet(const std::string& plugin_folder, const std::string& plugin) {
    qry::wire::hello what;
    what.plugin_folder = plugin_folder;
    what.plugin_name = plugin;
    what.arena_bytes = 64U << 20;
    what.log_threshold = 3;
    control->lane().send(qry::wire::frame_type::hello, 0, 0, what);
    const auto page = control->expect(qry::wire::frame_type::segment);
    const auto about = qry::wire::decode<qry::wire::segment>(page.payload);
    REQUIRE(about.has_value());
    REQUIRE(about->number == qry::base::flight_segment);
    void* at = mmap(nullptr, about->bytes, PROT_READ, MAP_SHARED, page.descriptor.get(), 0);
    REQUIRE(at != MAP_FAILED);
    flights = {static_cast<const std::byte*>(at), about->bytes};
}

int worker_process::wait() {
    // Readable once the process has ended.
    const unique_fd gone(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    REQUIRE(gone.get() >= 0);
    pollfd look{.fd = gone.get(), .events = POLLIN, .revents = 0};
    REQUIRE(poll(&look, 1, 10'000) == 1);
    REQUIRE(waitpid(pid_, &status_, 0) == pid_);
    ended_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

std::string worker_process::output() const {
    std::string text;
    char buffer[4096];
    for (;;) {
        const auto got = read(output_.get(), buffer, sizeof(buffer));
        if (got <= 0) return text;
        text.append(buffer, static_cast<std::size_t>(got));
    }
}

}  // namespace host_end
