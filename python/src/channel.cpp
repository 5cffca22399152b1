#include "channel.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "fork.hpp"

namespace py = pybind11;

namespace qry::python {

mailbox::mailbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

mailbox::~mailbox() {
    ::close(fd_);
}

void mailbox::post(letter l) noexcept {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    letters_.push_back(std::move(l));
    if (!std::exchange(signalled_, true)) ::eventfd_write(fd_, 1);
}

std::vector<mailbox::letter> mailbox::empty() noexcept {
    std::vector<letter> taken;
    const std::lock_guard lock(mutex_);
    eventfd_t count = 0;
    if (std::exchange(signalled_, false)) ::eventfd_read(fd_, &count);
    taken.swap(letters_);
    return taken;
}

void mailbox::wait(int milliseconds) const noexcept {
    pollfd p{fd_, POLLIN, 0};
    ::poll(&p, 1, milliseconds);
}

void mailbox::close() noexcept {
    std::vector<letter> dropped;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(letters_);
}

channel::channel() : box_(std::make_shared<mailbox>()), born_(fork_generation()) {}

channel::~channel() {
    close();
}

void channel::close() {
    {
        py::gil_scoped_release nogil;
        box_->close();
    }
    // Futures may run code when they go: not while the map is in use.
    auto dropped = std::move(pending_);
    pending_.clear();
}

std::uint64_t channel::expect(py::object future, py::object listener) {
    refuse_in_child(born_);
    pending_.emplace(++last_token_, pending{std::move(future), std::move(listener)});
    return last_token_;
}

void channel::drain() {
    std::vector<mailbox::letter> letters = box_->empty();
    for (mailbox::letter& l : letters) {
        try {
            deliver(l);
        } catch (py::error_already_set& e) {
            e.discard_as_unraisable("qry_host: settling a future");
        }
    }
    // Results that nobody waits for are ended here, which may take the host's locks.
    py::gil_scoped_release nogil;
    letters.clear();
}

void channel::deliver(mailbox::letter& l) {
    const auto found = pending_.find(l.to);
    if (found == pending_.end()) return;
    if (!l.last) {
        const py::object listener = found->second.listener;
        if (!found->second.future.attr("done")().cast<bool>())
            listener(*py::tuple(l.content->value()));
        return;
    }
    const py::object future = std::move(found->second.future);
    pending_.erase(found);
    if (future.attr("done")().cast<bool>()) return;
    py::object value;
    try {
        value = l.content->value();
    } catch (...) {
        future.attr("set_exception")(current_exception());
        return;
    }
    future.attr("set_result")(std::move(value));
}

void channel::wait() {
    refuse_in_child(born_);
    // A signal may be handled on another thread, so a short nap beside EINTR.
    constexpr int nap_ms = 50;
    {
        py::gil_scoped_release nogil;
        box_->wait(nap_ms);
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    drain();
}

void bind_channel(py::module_& m) {
    py::class_<channel>(m, "Channel")
        .def(py::init<>())
        .def("fileno", &channel::fd)
        .def("drain", &channel::drain)
        .def("wait", &channel::wait)
        .def("close", &channel::close);
}

}  // namespace qry::python
