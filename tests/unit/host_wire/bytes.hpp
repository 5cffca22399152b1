// Bytes for the tests of the wire.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "wire/message.hpp"

namespace qry::wire_test {

inline std::vector<std::byte> bytes(std::initializer_list<int> values) {
    std::vector<std::byte> all;
    for (const int value : values)
        all.push_back(static_cast<std::byte>(value));
    return all;
}

inline std::vector<std::byte> bytes(std::string_view text) {
    std::vector<std::byte> all;
    for (const char c : text)
        all.push_back(static_cast<std::byte>(c));
    return all;
}

template <class Message>
std::vector<std::byte> encoded(const Message& m) {
    std::vector<std::byte> payload;
    wire::writer to(payload);
    wire::encode(to, m);
    return payload;
}

}  // namespace qry::wire_test
