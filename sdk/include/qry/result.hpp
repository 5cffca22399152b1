// result<T>: a value, or the error that stands in its place. Expected failures travel in it;
// exceptions are for broken invariants and never cross the ABI.
#pragma once

#include <cassert>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "error.hpp"

namespace qry {

// The error is boxed: results stay as small as their value, and failing is the slow path anyhow.
template <class T>
class [[nodiscard]] result {
public:
    using value_type = T;

    result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    result(qry::error e)
        : state_(std::in_place_index<1>, std::make_unique<qry::error>(std::move(e))) {}
    // From anything T can be made of (a derived pointer, a literal).
    template <class U>
    requires(std::is_convertible_v<U&&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> && !std::is_same_v<std::remove_cvref_t<U>, qry::error> && !std::is_same_v<std::remove_cvref_t<U>, result>)
        result(U&& value)
        : state_(std::in_place_index<0>, std::forward<U>(value)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    // The value must be there.
    T& operator*() & noexcept { return assert(has_value()), *std::get_if<0>(&state_); }
    const T& operator*() const& noexcept { return assert(has_value()), *std::get_if<0>(&state_); }
    T&& operator*() && noexcept { return assert(has_value()), std::move(*std::get_if<0>(&state_)); }
    T* operator->() noexcept { return &**this; }
    const T* operator->() const noexcept { return &**this; }

    // The error must be there. Moving it out leaves an empty one behind.
    qry::error& error() & noexcept { return assert(!has_value()), **std::get_if<1>(&state_); }
    const qry::error& error() const& noexcept {
        return assert(!has_value()), **std::get_if<1>(&state_);
    }
    qry::error&& error() && noexcept {
        return assert(!has_value()), std::move(**std::get_if<1>(&state_));
    }

private:
    std::variant<T, std::unique_ptr<qry::error>> state_;
};

template <>
class [[nodiscard]] result<void> {
public:
    using value_type = void;

    result() = default;
    result(qry::error e) : error_(std::make_unique<qry::error>(std::move(e))) {}

    [[nodiscard]] bool has_value() const noexcept { return error_ == nullptr; }
    explicit operator bool() const noexcept { return has_value(); }
    qry::error& error() & noexcept { return assert(error_), *error_; }
    const qry::error& error() const& noexcept { return assert(error_), *error_; }
    qry::error&& error() && noexcept { return assert(error_), std::move(*error_); }

private:
    std::unique_ptr<qry::error> error_;
};

}  // namespace qry
