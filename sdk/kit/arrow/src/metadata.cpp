#include <cstring>

#include <qry/kit/arrow/type.hpp>

namespace qry::arrow {

namespace {

void append_int(std::string& out, std::size_t value) {
    const auto narrow = static_cast<std::int32_t>(value);
    char bytes[sizeof(narrow)];
    std::memcpy(bytes, &narrow, sizeof(narrow));
    out.append(bytes, sizeof(bytes));
}

std::int32_t take_int(const char*& at) noexcept {
    std::int32_t value;
    std::memcpy(&value, at, sizeof(value));
    at += sizeof(value);
    return value;
}

// The encoding carries no total size, so a negative length is the only lie that can be seen.
bool take_text(const char*& at, std::string& out) {
    const std::int32_t size = take_int(at);
    if (size < 0) return false;
    out.assign(at, static_cast<std::size_t>(size));
    at += size;
    return true;
}

}  // namespace

std::string encode_metadata(const metadata& pairs) {
    if (pairs.empty()) return {};
    std::string out;
    append_int(out, pairs.size());
    for (const auto& [key, value] : pairs) {
        append_int(out, key.size());
        out += key;
        append_int(out, value.size());
        out += value;
    }
    return out;
}

metadata decode_metadata(const char* encoded) {
    metadata out;
    if (encoded == nullptr) return out;
    const std::int32_t count = take_int(encoded);
    for (std::int32_t i = 0; i < count; ++i) {
        std::string key;
        std::string value;
        if (!take_text(encoded, key) || !take_text(encoded, value)) return out;
        out.emplace_back(std::move(key), std::move(value));
    }
    return out;
}

}  // namespace qry::arrow
