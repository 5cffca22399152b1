#include "wire/frame.hpp"

#include <bit>
#include <cstring>
#include <utility>

#include <qry/kit/text/utf8.hpp>

namespace qry::wire {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie");

namespace {

template <class T>
void append(std::vector<std::byte>& to, T value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    to.insert(to.end(), bytes, bytes + sizeof(value));
}

template <class T>
T load(const std::byte* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof(value));
    return value;
}

error header_error(std::string why) {
    return {
        .kind = status::plugin_error,
        .message = "frame header: " + std::move(why),
        .hint = "host and worker must come from one build",
        .from = origin::host};
}

}  // namespace

void put_header(std::byte* to, const frame_header& header) noexcept {
    std::memcpy(to, &header.length, 4);
    std::memcpy(to + 4, &header.type, 2);
    std::memcpy(to + 6, &header.descriptors, 2);
    std::memcpy(to + 8, &header.channel, 4);
    std::memcpy(to + 12, &header.verb, 4);
}

result<frame_header> get_header(std::span<const std::byte, header_size> from) {
    const std::byte* at = from.data();
    const frame_header header{
        .length = load<std::uint32_t>(at),
        .type = load<std::uint16_t>(at + 4),
        .descriptors = load<std::uint16_t>(at + 6),
        .channel = load<std::uint32_t>(at + 8),
        .verb = load<std::uint32_t>(at + 12)};
    if (header.length > max_payload) {
        return header_error(
            "a payload of " + std::to_string(header.length) + " bytes; at most " +
            std::to_string(max_payload) + " are allowed"
        );
    }
    if (header.descriptors > 1) {
        return header_error(
            std::to_string(header.descriptors) + " descriptors; at most 1 is allowed"
        );
    }
    return header;
}

void writer::u8(std::uint8_t v) {
    to_.push_back(static_cast<std::byte>(v));
}

void writer::u32(std::uint32_t v) {
    append(to_, v);
}

void writer::u64(std::uint64_t v) {
    append(to_, v);
}

void writer::text(std::string_view v) {
    bytes(std::as_bytes(std::span(v)));
}

void writer::bytes(std::span<const std::byte> v) {
    // One that is longer than u32 says makes a frame that no lane takes.
    u32(static_cast<std::uint32_t>(v.size()));
    to_.insert(to_.end(), v.begin(), v.end());
}

void writer::texts(const std::map<std::string, std::string>& v) {
    u32(static_cast<std::uint32_t>(v.size()));
    for (const auto& [name, value] : v) {
        text(name);
        text(value);
    }
}

bool reader::take(std::size_t size, std::span<const std::byte>& out) {
    if (failure_) return false;
    if (from_.size() < size) {
        wrong("is cut off");
        return false;
    }
    out = from_.first(size);
    from_ = from_.subspan(size);
    return true;
}

void reader::wrong(std::string_view how) {
    fail(std::string(field_).append(" ").append(how));
}

void reader::fail(std::string why) {
    if (!failure_) failure_ = std::move(why);
}

std::uint8_t reader::u8() {
    std::span<const std::byte> at;
    return take(1, at) ? load<std::uint8_t>(at.data()) : 0;
}

std::uint32_t reader::u32() {
    std::span<const std::byte> at;
    return take(4, at) ? load<std::uint32_t>(at.data()) : 0;
}

std::uint64_t reader::u64() {
    std::span<const std::byte> at;
    return take(8, at) ? load<std::uint64_t>(at.data()) : 0;
}

bool reader::flag() {
    const std::uint8_t value = u8();
    if (value > 1) wrong("is " + std::to_string(value) + "; expected 0 or 1");
    return value == 1;
}

std::span<const std::byte> reader::bytes() {
    const std::uint32_t size = u32();
    std::span<const std::byte> at;
    return take(size, at) ? at : std::span<const std::byte>{};
}

std::string reader::text() {
    const auto at = bytes();
    // NULL when empty, which std::string does not take.
    if (at.empty()) return {};
    const std::string_view found(reinterpret_cast<const char*>(at.data()), at.size());
    if (!qry::text::is_valid_utf8(found)) {
        wrong("is not UTF-8");
        return {};
    }
    return std::string(found);
}

std::uint32_t reader::count(std::size_t each) {
    const std::uint32_t found = u32();
    if (found <= from_.size() / each) return found;
    wrong("announces " + std::to_string(found) + " elements, more than the payload can hold");
    return 0;
}

std::map<std::string, std::string> reader::texts() {
    std::map<std::string, std::string> all;
    for (std::uint32_t left = count(8); left != 0 && !failure_; --left) {
        std::string name = text();
        std::string value = text();
        if (failure_) return {};
        if (all.contains(name)) {
            wrong("has a name twice");
            return {};
        }
        all.emplace_hint(all.end(), std::move(name), std::move(value));
    }
    return all;
}

std::optional<std::string> reader::failed() const {
    if (failure_ || from_.empty()) return failure_;
    return std::to_string(from_.size()) + " bytes too many at the end";
}

}  // namespace qry::wire
