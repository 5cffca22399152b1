// A move-only function: what a completion is kept in. (std::move_only_function is C++23.)
#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include <qry/result.hpp>

namespace qry {

template <class Signature>
class callback;

// Callables of up to 48 bytes that move without throwing live inside; others on the heap.
template <class R, class... Args>
class callback<R(Args...)> {
public:
    callback() = default;
    callback(std::nullptr_t) noexcept {}
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, callback> && std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
        callback(F&& f) {
        using held = std::decay_t<F>;
        if constexpr (fits<held>) {
            ::new (static_cast<void*>(storage_)) held(std::forward<F>(f));
            table_ = &inline_table<held>;
        } else {
            ::new (static_cast<void*>(storage_)) held*(new held(std::forward<F>(f)));
            table_ = &heap_table<held>;
        }
    }
    callback(callback&& other) noexcept { take(other); }
    callback& operator=(callback&& other) noexcept {
        if (this != &other) {
            clear();
            take(other);
        }
        return *this;
    }
    callback(const callback&) = delete;
    callback& operator=(const callback&) = delete;
    ~callback() { clear(); }

    explicit operator bool() const noexcept { return table_ != nullptr; }
    R operator()(Args... args) { return table_->call(storage_, std::forward<Args>(args)...); }

private:
    static constexpr std::size_t capacity = 48;
    template <class F>
    static constexpr bool fits =
        sizeof(F) <= capacity &&
        alignof(F) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<F>;
    struct table {
        R (*call)(void*, Args&&...);
        void (*move)(void* from, void* to) noexcept;
        void (*destroy)(void*) noexcept;
    };
    template <class F>
    static constexpr table inline_table = {
        [](void* s, Args&&... a) -> R { return (*static_cast<F*>(s))(std::forward<Args>(a)...); },
        [](void* from, void* to) noexcept {
            ::new (to) F(std::move(*static_cast<F*>(from)));
            static_cast<F*>(from)->~F();
        },
        [](void* s) noexcept { static_cast<F*>(s)->~F(); }};
    template <class F>
    static constexpr table heap_table = {
        [](void* s, Args&&... a) -> R { return (**static_cast<F**>(s))(std::forward<Args>(a)...); },
        [](void* from, void* to) noexcept { ::new (to) F*(*static_cast<F**>(from)); },
        [](void* s) noexcept { delete *static_cast<F**>(s); }};

    void take(callback& other) noexcept {
        table_ = std::exchange(other.table_, nullptr);
        if (table_ != nullptr) table_->move(other.storage_, storage_);
    }
    void clear() noexcept {
        if (table_ != nullptr) std::exchange(table_, nullptr)->destroy(storage_);
    }

    alignas(std::max_align_t) std::byte storage_[capacity];
    const table* table_ = nullptr;
};

// Called exactly once, on any thread of the host, possibly before the function that took it
// returns. It must not block and must not throw.
template <class T>
using completion = callback<void(result<T>)>;

}  // namespace qry
