// From the host's threads to Python's: the one way, and it is one-way.
//
// A completion runs on a thread of the host, which never sees a Python object or the GIL. It puts
// its outcome into a mailbox; the first one in an empty mailbox writes to an eventfd. The thread
// that owns the channel (an event loop's, or one that waits) empties the mailbox in one go and
// settles the futures. While it waits it is a guest of the host's loops (loop_guest.hpp), which
// then run on this very thread, without the GIL. A future that was cancelled meanwhile is passed
// over, and what came for it is dropped: a result that nobody took is thereby cancelled at its
// server.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/callback.hpp>
#include <qry/loop_guest.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "errors.hpp"

namespace qry::python {

// What came of a piece of work. Made on any thread; holds nothing of Python's.
class outcome {
public:
    virtual ~outcome() = default;
    // With the GIL, once; throws what the future is to raise.
    virtual pybind11::object value() = 0;
};

template <class T, class Convert>
class typed_outcome final : public outcome {
public:
    typed_outcome(result<T> r, Convert convert) : result_(std::move(r)), convert_(convert) {}
    pybind11::object value() override {
        if (!result_) throw raised(std::move(result_.error()));
        if constexpr (std::is_void_v<T>) {
            return convert_();
        } else {
            return convert_(std::move(*result_));
        }
    }

private:
    result<T> result_;
    Convert convert_;
};

class mailbox {
public:
    struct letter {
        std::uint64_t to = 0;
        // Work that reports progress gets several letters before its last.
        bool last = true;
        std::unique_ptr<outcome> content;
    };

    mailbox();
    ~mailbox();
    mailbox(const mailbox&) = delete;
    mailbox& operator=(const mailbox&) = delete;

    void post(letter l) noexcept;
    // What has come.
    [[nodiscard]] std::vector<letter> empty() noexcept;
    // From here to empty() the owner does not need to be woken.
    void attend() noexcept;
    void close() noexcept;
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    const int fd_;
    std::mutex mutex_;
    // Guarded by mutex_
    std::vector<letter> letters_;
    // fd_ is readable, or need not be.
    bool signalled_ = false;
    bool written_ = false;
    bool closed_ = false;
};

// One per event loop, or per waiting connection. Not thread-safe: the GIL and its owner guard it.
class channel {
public:
    channel();
    ~channel();

    // Readable when there is something to drain.
    [[nodiscard]] int fd() const noexcept { return guest_->fd(); }
    void drain();
    // Blocks without the GIL until something came and drains it; runs Python's signal handlers
    // meanwhile, which may raise.
    void wait();
    void close();

    // Starts work whose result settles `future`: start(completion<T>), without the GIL. convert
    // turns the value into a Python object and may hold nothing of Python's.
    template <class T, class Start, class Convert>
    void begin(pybind11::object future, Start&& start, Convert convert) {
        const std::uint64_t token = expect(std::move(future), pybind11::none());
        start_with<T>(token, std::forward<Start>(start), convert);
    }

    // The same with reports on the way: start(completion<T>, report), where report(outcome) may be
    // called from any thread until completion; each calls `listener` with the outcome's tuple.
    template <class T, class Start, class Convert>
    void begin_reported(
        pybind11::object future, pybind11::object listener, Start&& start, Convert convert
    ) {
        const std::uint64_t token = expect(std::move(future), std::move(listener));
        start_with<T>(
            token,
            [&](completion<T> done) {
                auto report = [box = box_, token](std::unique_ptr<outcome> what) {
                    box->post({token, false, std::move(what)});
                };
                start(std::move(done), std::move(report));
            },
            convert
        );
    }

private:
    struct pending {
        pybind11::object future;
        pybind11::object listener;
    };

    std::uint64_t expect(pybind11::object future, pybind11::object listener);
    void deliver(mailbox::letter& l);

    template <class T, class Start, class Convert>
    void start_with(std::uint64_t token, Start&& start, Convert convert) {
        completion<T> done([box = box_, token, convert](result<T> r) {
            box->post(
                {token, true, std::make_unique<typed_outcome<T, Convert>>(std::move(r), convert)}
            );
        });
        try {
            pybind11::gil_scoped_release nogil;
            const loop_guest::visit here(*guest_);
            start(std::move(done));
        } catch (...) {
            pending_.erase(token);
            throw;
        }
    }

    std::shared_ptr<mailbox> box_;
    std::unique_ptr<loop_guest> guest_;
    std::unordered_map<std::uint64_t, pending> pending_;
    std::uint64_t last_token_ = 0;
    std::uint32_t born_;
};

void bind_channel(pybind11::module_& m);

}  // namespace qry::python
