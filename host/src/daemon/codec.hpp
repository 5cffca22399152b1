// How values of any type lie in a payload. A structure is described once, by each(io, m) in
// fields.hpp or message.cpp, and walked over by one of these two.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <qry/kit/text/utf8.hpp>
#include <qry/secret.hpp>

#include "wire/frame.hpp"

namespace qry::daemon {

// First and last value of an enumeration that may travel.
template <class E>
struct enum_range;

namespace detail {

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;
template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;
template <class T>
constexpr bool is_map = false;
template <class K, class V>
constexpr bool is_map<std::map<K, V>> = true;
template <class T>
constexpr bool is_array = false;
template <class T, std::size_t n>
constexpr bool is_array<std::array<T, n>> = true;
template <class T>
constexpr bool is_duration = false;
template <class R, class P>
constexpr bool is_duration<std::chrono::duration<R, P>> = true;
template <class T>
constexpr bool is_time = false;
template <class C, class D>
constexpr bool is_time<std::chrono::time_point<C, D>> = true;

}  // namespace detail

struct put {
    wire::writer& to;
    std::string_view& repaired;

    template <class T>
    void operator()(std::string_view field, const T& v) const {
        using namespace detail;
        if constexpr (std::is_same_v<T, bool>) {
            to.u8(v ? 1 : 0);
        } else if constexpr (std::is_enum_v<T>) {
            to.i32(static_cast<std::int32_t>(v));
        } else if constexpr (std::is_integral_v<T>) {
            if constexpr (sizeof(T) == 8) {
                to.u64(static_cast<std::uint64_t>(v));
            } else {
                to.u32(static_cast<std::uint32_t>(v));
            }
        } else if constexpr (is_duration<T>) {
            to.i64(std::chrono::nanoseconds(v).count());
        } else if constexpr (is_time<T>) {
            to.i64(std::chrono::nanoseconds(v.time_since_epoch()).count());
        } else if constexpr (std::is_same_v<T, std::string>) {
            text(field, v);
        } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
            // Names of files are bytes.
            to.bytes(std::as_bytes(std::span(v.native())));
        } else if constexpr (std::is_same_v<T, secret>) {
            to.text(v.reveal());
        } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
            to.bytes(v);
        } else if constexpr (is_optional<T>) {
            to.u8(v ? 1 : 0);
            if (v) (*this)(field, *v);
        } else if constexpr (is_vector<T>) {
            to.u32(static_cast<std::uint32_t>(v.size()));
            for (const auto& element : v)
                (*this)(field, element);
        } else if constexpr (is_array<T>) {
            for (const auto& element : v)
                (*this)(field, element);
        } else if constexpr (is_map<T>) {
            to.u32(static_cast<std::uint32_t>(v.size()));
            for (const auto& [key, value] : v) {
                (*this)(field, key);
                (*this)(field, value);
            }
        } else {
            each(*this, v);
        }
    }

private:
    void text(std::string_view field, const std::string& v) const {
        if (text::is_valid_utf8(v)) return to.text(v);
        if (repaired.empty()) repaired = field;
        to.text(text::replace_invalid_utf8(v));
    }
};

struct get {
    wire::reader& from;

    template <class T>
    void operator()(std::string_view field, T& v) const {
        using namespace detail;
        if constexpr (std::is_same_v<T, bool>) {
            v = from.at(field).flag();
        } else if constexpr (std::is_enum_v<T>) {
            v = in_range<T>(field);
        } else if constexpr (std::is_integral_v<T>) {
            if constexpr (sizeof(T) == 8) {
                v = static_cast<T>(from.at(field).u64());
            } else {
                v = static_cast<T>(from.at(field).u32());
            }
        } else if constexpr (is_duration<T>) {
            v = std::chrono::duration_cast<T>(std::chrono::nanoseconds(from.at(field).i64()));
        } else if constexpr (is_time<T>) {
            const std::chrono::nanoseconds since(from.at(field).i64());
            v = T(std::chrono::duration_cast<typename T::duration>(since));
        } else if constexpr (std::is_same_v<T, std::string>) {
            v = from.at(field).text();
        } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
            v = std::string(view(from.at(field).bytes()));
        } else if constexpr (std::is_same_v<T, secret>) {
            v = secret(view(from.at(field).bytes()));
        } else if constexpr (std::is_same_v<T, std::vector<std::byte>>) {
            const auto found = from.at(field).bytes();
            v.assign(found.begin(), found.end());
        } else if constexpr (is_optional<T>) {
            if (from.at(field).flag()) (*this)(field, v.emplace());
        } else if constexpr (is_vector<T>) {
            for (std::uint32_t left = from.at(field).count(1); advances(left);)
                (*this)(field, v.emplace_back());
        } else if constexpr (is_array<T>) {
            for (auto& element : v)
                (*this)(field, element);
        } else if constexpr (is_map<T>) {
            for (std::uint32_t left = from.at(field).count(1); advances(left);)
                element(field, v);
        } else {
            each(*this, v);
        }
    }

private:
    static std::string_view view(std::span<const std::byte> bytes) {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
    // A reader that failed takes no more bytes, and every element has at least one.
    bool advances(std::uint32_t& left) const {
        if (left == 0) return false;
        if (from.rest().empty()) from.fail("ends before all its elements came");
        if (from.broken()) return false;
        --left;
        return true;
    }
    template <class Map>
    void element(std::string_view field, Map& v) const {
        typename Map::key_type key{};
        typename Map::mapped_type value{};
        (*this)(field, key);
        (*this)(field, value);
        if (!v.emplace(std::move(key), std::move(value)).second) {
            from.fail(std::string(field) + " has a name twice");
        }
    }
    template <class E>
    E in_range(std::string_view field) const {
        const std::int32_t found = from.at(field).i32();
        if (found >= static_cast<std::int32_t>(enum_range<E>::first) &&
            found <= static_cast<std::int32_t>(enum_range<E>::last)) {
            return static_cast<E>(found);
        }
        from.fail(std::string(field) + " is " + std::to_string(found) + ", which is not known");
        return enum_range<E>::first;
    }
};

}  // namespace qry::daemon
