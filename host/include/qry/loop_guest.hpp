// Lets a thread that waits for the host run the host's event loops itself while it waits.
//
// Every query passes through an event loop of the host, which has a thread of its own. A caller
// that has an event loop too (asyncio) pays for two changes of thread a query: to the host's loop
// and back. As its guest it pays for none: a loop whose thread has nothing to do is lent to the
// guest that keeps it busy, and is run wherever the guest waits.
//
// Nothing depends on the guest coming back: a loop that has something to do which the guest does
// not see to within milliseconds is taken back by its thread; so is one that a second guest uses,
// and one that a long result streams through.
#pragma once

#include <memory>

#include <qry/export.h>

namespace qry {

// For one thread, which makes all calls. Must not be touched in a forked child.
class QRY_EXPORT loop_guest {
public:
    // Throws std::system_error when there is no descriptor left.
    loop_guest();
    loop_guest(const loop_guest&) = delete;
    loop_guest& operator=(const loop_guest&) = delete;
    // leave().
    ~loop_guest();

    // An epoll descriptor, readable when run() has something to do, or when what watch() added is
    // readable. Owned by this.
    [[nodiscard]] int fd() const noexcept;
    // Makes fd() readable when `other` is, which is not closed before this goes.
    void watch(int other);
    // Runs what is ready on the loops that are lent to this guest: completions of its calls, and
    // of others'. Does not wait, and does only so much at a time.
    void run() noexcept;
    // Gives all loops back. They may be lent to it again.
    void leave() noexcept;

    // While one lives, what the thread asks of hosts is run by the thread itself, at the end of
    // this at the latest, where the loop is lent to the guest; else it is a reason to lend it.
    class QRY_EXPORT visit {
    public:
        explicit visit(loop_guest& of) noexcept;
        visit(const visit&) = delete;
        visit& operator=(const visit&) = delete;
        ~visit();

    private:
        loop_guest& of_;
    };

private:
    const std::shared_ptr<class loop_guest_core> core_;
};

}  // namespace qry
