// Waits for the host while listening to Ctrl-C.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include <qry/host.hpp>

#include "cli/interrupts.hpp"

namespace qry::cli {

// Where a completion leaves its result, from whatever thread.
template <class T>
class mailbox {
public:
    mailbox() : fd_(eventfd(0, EFD_CLOEXEC)) {}
    ~mailbox() { close(fd_); }
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;

    void put(result<T> value) {
        const std::lock_guard lock(mutex_);
        value_.emplace(std::move(value));
        eventfd_write(fd_, 1);
    }
    // After fd() became readable.
    result<T> take() {
        const std::lock_guard lock(mutex_);
        return std::move(*value_);
    }
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    const int fd_;
    std::mutex mutex_;
    // Guarded by mutex_
    std::optional<result<T>> value_;
};

// begin(completion<T>) starts the work and gives its operation, if it can be cancelled; cancel() is
// called at Ctrl-C when it gives none. Returns once the work has ended, cancelled or not.
template <class T, class Begin, class Cancel>
[[nodiscard]] result<T> await(interrupts& on, Begin&& begin, Cancel&& cancel) {
    auto box = std::make_shared<mailbox<T>>();
    completion<T> done([box](result<T> r) { box->put(std::move(r)); });
    if constexpr (std::is_void_v<decltype(begin(std::move(done)))>) {
        begin(std::move(done));
        on.wait(box->fd(), cancel);
    } else {
        const operation_ptr work = begin(std::move(done));
        on.wait(box->fd(), [&work] {
            if (work) work->cancel();
        });
    }
    return box->take();
}

template <class T, class Begin>
[[nodiscard]] result<T> await(interrupts& on, Begin&& begin) {
    return await<T>(on, std::forward<Begin>(begin), [] {});
}

}  // namespace qry::cli
