#include <qry/loop_guest.hpp>

#include <algorithm>
#include <cerrno>
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
    return true;
}

void loop_guest_core::dismiss(base::loop_driver& loop) noexcept {
    const std::lock_guard lock(mutex_);
    if (std::erase_if(lent_, [&](const auto& one) { return one.get() == &loop; }) != 0) {
        unwatch(loop.descriptor());
    }
}

std::vector<std::shared_ptr<base::loop_driver>> loop_guest_core::lent() {
    const std::lock_guard lock(mutex_);
    return lent_;
}

void loop_guest_core::run(base::loop_driver::occasion why) noexcept {
    eventfd_t count = 0;
    if (std::exchange(left_over_, false)) ::eventfd_read(again_, &count);
    touched_ = false;
    for (const auto& loop : lent()) {
        if (loop->run_ready(*this, why) == base::loop_driver::turn::more) left_over_ = true;
    }
    if (left_over_) ::eventfd_write(again_, 1);
}

void loop_guest_core::leave() noexcept {
    for (const auto& loop : lent())
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
    core_->run(base::loop_driver::occasion::woken);
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
