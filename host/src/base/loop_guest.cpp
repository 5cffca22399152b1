#include <qry/loop_guest.hpp>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/loop_guest_core.hpp"

namespace qry {

namespace {

int checked(int descriptor, const char* what) {
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), what);
    return descriptor;
}

}  // namespace

loop_guest_core::loop_guest_core()
    : set_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      again_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (again_ >= 0 && watch(again_)) return;
    const int number = errno;
    if (again_ >= 0) ::close(again_);
    ::close(set_);
    throw std::system_error(number, std::generic_category(), "eventfd");
}

loop_guest_core::~loop_guest_core() {
    ::close(again_);
    ::close(set_);
}

loop_guest_core*& loop_guest_core::visiting() noexcept {
    static thread_local loop_guest_core* now = nullptr;
    return now;
}

bool loop_guest_core::watch(int descriptor) noexcept {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    return ::epoll_ctl(set_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void loop_guest_core::unwatch(int descriptor) noexcept {
    ::epoll_ctl(set_, EPOLL_CTL_DEL, descriptor, nullptr);
}

bool loop_guest_core::admit(const std::shared_ptr<base::loop_driver>& loop) {
    const std::lock_guard lock(mutex_);
    if (!watch(loop->descriptor())) return false;
    lent_.push_back(loop);
    changed_ = true;
    return true;
}

void loop_guest_core::dismiss(base::loop_driver& loop) noexcept {
    const std::lock_guard lock(mutex_);
    if (std::erase_if(lent_, [&](const auto& one) { return one.get() == &loop; }) != 0) {
        unwatch(loop.descriptor());
        changed_ = true;
    }
}

const loop_guest_core::loops& loop_guest_core::lent() {
    if (changed_.exchange(false)) {
        const std::lock_guard lock(mutex_);
        known_ = lent_;
    }
    return known_;
}

void loop_guest_core::run_one(base::loop_driver& loop, base::loop_driver::occasion why) noexcept {
    if (loop.run_ready(*this, why) == base::loop_driver::turn::done) return;
    if (!std::exchange(left_over_, true)) ::eventfd_write(again_, 1);
}

void loop_guest_core::run() noexcept {
    const loops& all = lent();
    const bool rest = std::exchange(left_over_, false);
    if (rest || all.size() == 1) {
        eventfd_t count = 0;
        if (rest) ::eventfd_read(again_, &count);
        for (const auto& loop : all)
            run_one(*loop, base::loop_driver::occasion::woken);
        return;
    }
    epoll_event ready[16];
    const int n = all.empty() ? 0 : ::epoll_wait(set_, ready, std::size(ready), 0);
    for (int i = 0; i < n; ++i) {
        for (const auto& loop : all) {
            if (loop->descriptor() == ready[i].data.fd) {
                run_one(*loop, base::loop_driver::occasion::woken);
            }
        }
    }
}

void loop_guest_core::end_visit() noexcept {
    if (!std::exchange(touched_, false)) return;
    for (const auto& loop : lent()) {
        if (std::exchange(loop->touched, false)) {
            run_one(*loop, base::loop_driver::occasion::visit);
        }
    }
}

void loop_guest_core::leave() noexcept {
    const loops all = lent();
    for (const auto& loop : all)
        loop->take_back();
}

loop_guest::loop_guest() : core_(std::make_shared<loop_guest_core>()) {}

loop_guest::~loop_guest() {
    leave();
}

int loop_guest::fd() const noexcept {
    return core_->fd();
}

void loop_guest::watch(int other) {
    if (!core_->watch(other)) throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void loop_guest::run() noexcept {
    core_->run();
}

void loop_guest::leave() noexcept {
    core_->leave();
}

loop_guest::visit::visit(loop_guest& of) noexcept : of_(of) {
    loop_guest_core::visiting() = of.core_.get();
}

loop_guest::visit::~visit() {
    loop_guest_core::visiting() = nullptr;
    of_.core_->end_visit();
}

}  // namespace qry
