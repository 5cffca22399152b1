#include "child.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace qry::conformance {
namespace {

using nlohmann::json;

// Closed when it goes.
class descriptor {
public:
    explicit descriptor(int fd, const char* what) : fd_(fd) {
        if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() { close(); }
    [[nodiscard]] int get() const noexcept { return fd_; }
    void close() noexcept {
        if (fd_ >= 0) ::close(fd_);
        fd_ = -1;
    }

private:
    int fd_;
};

struct channel {
    channel() {
        if (::pipe2(fds.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe");
        }
    }
    std::array<int, 2> fds{};
};

// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* arguments, int report_fd, int output_fd) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::dup2(output_fd, STDOUT_FILENO);
    ::dup2(output_fd, STDERR_FILENO);
    ::fcntl(report_fd, F_SETFD, 0);
    ::execv("/proc/self/exe", arguments);
    ::_exit(127);
}

pid_t start(
    const test_case& test,
    const std::string& plugin,
    const std::string& params_file,
    int report_fd,
    int output_fd
) {
    std::vector<std::string> words = {
        "qry-conformance", plugin, "--child", test.id, "--report-fd", std::to_string(report_fd)};
    if (!params_file.empty()) words.insert(words.end(), {"--params", params_file});
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (child == 0) become(arguments.data(), report_fd, output_fd);
    return child;
}

// What the child says of itself, line by line.
class listener {
public:
    // Reads until the other end is closed; false when the time is over before that.
    bool read_all(int fd, std::int64_t until_ns) {
        while (true) {
            const std::int64_t left = (until_ns - monotonic_ns()) / 1'000'000;
            pollfd p{fd, POLLIN, 0};
            if (left <= 0 || ::poll(&p, 1, static_cast<int>(left)) == 0) return false;
            std::array<char, 4096> chunk;
            const auto n = ::read(fd, chunk.data(), chunk.size());
            if (n == 0) return true;
            if (n > 0) take(std::string_view(chunk.data(), static_cast<std::size_t>(n)));
        }
    }
    [[nodiscard]] const std::optional<verdict>& outcome() const noexcept { return outcome_; }
    [[nodiscard]] const std::string& doing() const noexcept { return doing_; }

private:
    void take(std::string_view text) {
        rest_ += text;
        for (std::size_t end; (end = rest_.find('\n')) != std::string::npos;) {
            const json line = json::parse(rest_.substr(0, end), nullptr, false);
            rest_.erase(0, end + 1);
            if (line.contains("doing")) doing_ = line["doing"];
            if (line.contains("verdict")) outcome_ = verdict_from(line["verdict"]);
        }
    }

    std::string rest_;
    std::string doing_ = "load";
    std::optional<verdict> outcome_;
};

std::string tail_of(int fd) {
    constexpr off_t most = 4096;
    const off_t size = std::max<off_t>(0, ::lseek(fd, 0, SEEK_END));
    std::string out(static_cast<std::size_t>(std::min(size, most)), '\0');
    const auto n = ::pread(fd, out.data(), out.size(), size - static_cast<off_t>(out.size()));
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
}

verdict died(const listener& heard, int how) {
    verdict v;
    v.end = ending::crashed;
    v.sent = heard.doing();
    if (heard.outcome()) v.sent = "after the test, while the process ended";
    v.got = WIFSIGNALED(how) ? "signal " + std::to_string(WTERMSIG(how)) + " (" +
                                   ::strsignal(WTERMSIG(how)) + ")"
                             : "the process ended with code " + std::to_string(WEXITSTATUS(how));
    v.cause =
        "see the output, if any; or build the plugin with -fsanitize=address (README of "
        "conformance)";
    return v;
}

}  // namespace

test_report run_in_child(
    const test_case& test, const std::string& plugin, const std::string& params_file
) {
    channel pipe;
    descriptor ours(pipe.fds[0], "pipe");
    descriptor theirs(pipe.fds[1], "pipe");
    const descriptor output(::memfd_create("output", MFD_CLOEXEC), "memfd_create");
    const std::int64_t begun = monotonic_ns();
    const pid_t child = start(test, plugin, params_file, theirs.get(), output.get());
    theirs.close();
    listener heard;
    const bool ended = heard.read_all(ours.get(), after(test.limit));
    // The group: a plugin may have started processes of its own.
    ::kill(-child, SIGKILL);
    if (!ended) ::kill(child, SIGKILL);
    int how = 0;
    while (::waitpid(child, &how, 0) < 0 && errno == EINTR) {
    }
    test_report out{&test};
    out.seconds = static_cast<double>(monotonic_ns() - begun) / 1e9;
    out.output = tail_of(output.get());
    if (!ended) {
        out.outcome.end = ending::hung;
        out.outcome.sent =
            heard.outcome() ? "after the test, while the process ended" : heard.doing();
        out.outcome.got = "no end within " + std::to_string(test.limit.count()) + " s";
        out.outcome.cause = "a blocking call that nobody interrupts, or a lost wake-up";
    } else if (how != 0 || !heard.outcome()) {
        out.outcome = died(heard, how);
    } else {
        out.outcome = *heard.outcome();
    }
    return out;
}

}  // namespace qry::conformance
