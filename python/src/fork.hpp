// What a forked child may touch: nothing that its parent opened. The host's threads do not exist
// in the child, so a call would wait for ever; and freeing the parent's objects there would close
// sockets that the parent is using.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

namespace qry::python {

// Counts fork(): a child's number differs from its parent's.
[[nodiscard]] std::uint32_t fork_generation() noexcept;
void watch_forks();
// At the end of the interpreter: what is still open is left to the kernel from now on, because
// destructors would wait for it.
void leave() noexcept;
[[nodiscard]] bool leaving() noexcept;

// Throws ForkedProcess when `born` is not this process's generation.
void refuse_in_child(std::uint32_t born);

// A shared pointer that remembers the process it was made in. In a child, and once the interpreter
// is ending, it is leaked, not freed.
template <class T>
class kept {
public:
    kept() = default;
    explicit kept(std::shared_ptr<T> what) : what_(std::move(what)), born_(fork_generation()) {}
    kept(kept&&) noexcept = default;
    kept& operator=(kept&& other) noexcept {
        if (this != &other) {
            drop();
            what_ = std::move(other.what_);
            born_ = other.born_;
        }
        return *this;
    }
    ~kept() { drop(); }

    // The object, or ForkedProcess.
    [[nodiscard]] const std::shared_ptr<T>& get() const {
        refuse_in_child(born_);
        return what_;
    }
    // Whether it may be freed.
    [[nodiscard]] bool mine() const noexcept { return born_ == fork_generation() && !leaving(); }
    [[nodiscard]] explicit operator bool() const noexcept { return what_ != nullptr; }
    [[nodiscard]] std::shared_ptr<T> take() noexcept { return std::move(what_); }

private:
    void drop() noexcept {
        if (what_ == nullptr) return;
        if (mine()) {
            what_.reset();
        } else {
            new std::shared_ptr<T>(std::move(what_));
        }
    }

    std::shared_ptr<T> what_;
    std::uint32_t born_ = 0;
};

}  // namespace qry::python
