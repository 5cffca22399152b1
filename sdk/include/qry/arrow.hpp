// Owners for the two Arrow structures: released once, movable, never copied.
#pragma once

#include <utility>

#include "arrow.h"

namespace qry {

// T is ArrowSchema, ArrowArray or ArrowArrayStream.
template <class T>
class unique_arrow {
public:
    unique_arrow() noexcept : value_{} {}
    // Takes over a filled structure and leaves the source empty.
    explicit unique_arrow(T* source) noexcept : value_(*source) { source->release = nullptr; }
    unique_arrow(unique_arrow&& other) noexcept : value_(other.value_) {
        other.value_.release = nullptr;
    }
    unique_arrow& operator=(unique_arrow&& other) noexcept {
        if (this != &other) {
            reset();
            value_ = other.value_;
            other.value_.release = nullptr;
        }
        return *this;
    }
    unique_arrow(const unique_arrow&) = delete;
    unique_arrow& operator=(const unique_arrow&) = delete;
    ~unique_arrow() { reset(); }

    // False for an empty structure: nothing to release, or the end of a stream.
    explicit operator bool() const noexcept { return value_.release != nullptr; }
    T* get() noexcept { return &value_; }
    const T* get() const noexcept { return &value_; }
    T* operator->() noexcept { return &value_; }
    const T* operator->() const noexcept { return &value_; }
    T& operator*() noexcept { return value_; }
    const T& operator*() const noexcept { return value_; }

    void reset() noexcept {
        if (value_.release != nullptr) value_.release(&value_);
        value_.release = nullptr;
    }
    // Hands the content over to `out`, which must be empty.
    void move_to(T* out) noexcept {
        *out = value_;
        value_.release = nullptr;
    }

private:
    T value_;
};

using unique_schema = unique_arrow<ArrowSchema>;
using unique_array = unique_arrow<ArrowArray>;
using unique_stream = unique_arrow<ArrowArrayStream>;

}  // namespace qry
