#include "cli/interrupts.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "cli/exit_status.hpp"

namespace qry::cli {

interrupts::interrupts() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC);
    // A reader that goes away shows as a failed write, so that the query can be cancelled.
    std::signal(SIGPIPE, SIG_IGN);
}

interrupts::~interrupts() {
    close(signals_);
}

bool interrupts::poll_once(int fd) {
    for (;;) {
        pollfd wanted[] = {{fd, POLLIN, 0}, {signals_, POLLIN, 0}};
        if (poll(wanted, 2, -1) < 0) {
            if (errno == EINTR) continue;
            return true;
        }
        if (wanted[1].revents != 0) {
            signalfd_siginfo info;
            if (read(signals_, &info, sizeof(info)) == sizeof(info)) return false;
        }
        if (wanted[0].revents != 0) return true;
    }
}

void interrupts::wait(int fd, const std::function<void()>& on_signal) {
    while (!poll_once(fd)) {
        if (happened_) _exit(exit_interrupted);
        happened_ = true;
        on_signal();
    }
}

void interrupts::wait_for_one() {
    // poll() leaves out a negative descriptor.
    while (poll_once(-1)) {
    }
}

bool interrupts::readable(int fd) {
    if (poll_once(fd)) return true;
    happened_ = true;
    return false;
}

}  // namespace qry::cli
