#include "channel.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "fork.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

// Method names as Python keeps them: made once, never let go.
struct method_names {
    PyObject* done = PyUnicode_InternFromString("done");
    PyObject* set_result = PyUnicode_InternFromString("set_result");
};

const method_names& names() {
    static const method_names made;
    return made;
}

py::object call_method(const py::object& on, PyObject* name, PyObject* argument = nullptr) {
    PyObject* made = PyObject_CallMethodObjArgs(on.ptr(), name, argument, nullptr);
    if (made == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(made);
}

bool is_done(const py::object& future) {
    return call_method(future, names().done).is(py::handle(Py_True));
}

}  // namespace

mailbox::mailbox() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

mailbox::~mailbox() {
    ::close(fd_);
}

void mailbox::post(letter l) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        letters_.push_back(std::move(l));
        if (std::exchange(signalled_, true)) return;
        written_ = true;
    }
    // Not under the lock: on one CPU the reader runs at once, and would run into it.
    ::eventfd_write(fd_, 1);
}

std::vector<mailbox::letter> mailbox::empty() noexcept {
    bool readable = false;
    {
        const std::lock_guard lock(mutex_);
        readable = std::exchange(written_, false) || letters_.empty();
    }
    // First, so that a signal given after the letters were taken stays.
    eventfd_t count = 0;
    if (readable) ::eventfd_read(fd_, &count);
    std::vector<letter> taken;
    const std::lock_guard lock(mutex_);
    signalled_ = false;
    taken.swap(letters_);
    return taken;
}

void mailbox::attend() noexcept {
    const std::lock_guard lock(mutex_);
    signalled_ = true;
}

void mailbox::close() noexcept {
    std::vector<letter> dropped;
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(letters_);
}

channel::channel()
    : box_(std::make_shared<mailbox>()),
      guest_(std::make_unique<loop_guest>()),
      born_(fork_generation()) {
    guest_->watch(box_->fd());
}

channel::~channel() {
    close();
    // The set of descriptors is the parent's too: left as it is.
    if (born_ != fork_generation()) (void)guest_.release();
}

void channel::close() {
    {
        py::gil_scoped_release nogil;
        box_->close();
        if (born_ == fork_generation()) guest_->leave();
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
    std::vector<mailbox::letter> letters;
    {
        py::gil_scoped_release nogil;
        box_->attend();
        guest_->run();
        letters = box_->empty();
    }
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
        if (!is_done(found->second.future)) listener(*py::tuple(l.content->value()));
        return;
    }
    const py::object future = std::move(found->second.future);
    pending_.erase(found);
    if (is_done(future)) return;
    py::object value;
    try {
        value = l.content->value();
    } catch (...) {
        future.attr("set_exception")(current_exception());
        return;
    }
    call_method(future, names().set_result, value.ptr());
}

void channel::wait() {
    refuse_in_child(born_);
    // A signal may be handled on another thread, so a short nap beside EINTR.
    constexpr int nap_ms = 50;
    {
        py::gil_scoped_release nogil;
        pollfd p{fd(), POLLIN, 0};
        ::poll(&p, 1, nap_ms);
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
