// The frame: what host and worker say to each other in. Sixteen bytes of header, then the payload.
//
//   0  u32 length of the payload, at most max_payload
//   4  u16 type (message.hpp)
//   6  u16 descriptors that travel with it (SCM_RIGHTS), 0 or 1
//   8  u32 channel: one session or attempt of this lane, numbered by the host; 0 = the lane itself
//  12  u32 verb: counts the verbs of a channel, so that a late answer is told from the next one's
//
// Little-endian throughout, no padding inside payloads. Both sides are strict: an unknown type, a
// payload that ends early or late, a text that is not UTF-8 or a number out of range ends the lane,
// and with it the worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <qry/result.hpp>

namespace qry::wire {

// Both sides are built from one tree; another version is refused at hello.
inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::size_t header_size = 16;
inline constexpr std::uint32_t max_payload = 64U << 20;

struct frame_header {
    std::uint32_t length = 0;
    std::uint16_t type = 0;
    std::uint16_t descriptors = 0;
    std::uint32_t channel = 0;
    std::uint32_t verb = 0;
};

// What the types of a lane's frames are. Host and worker have theirs (message.hpp); another
// protocol over the same frames brings its own.
struct vocabulary {
    // Empty for a number that is no type: such a frame ends the lane.
    std::string_view (*name)(std::uint16_t type) noexcept;
    // Whether payloads of the type are wiped after use, on both sides.
    bool (*secret)(std::uint16_t type) noexcept;
};

void put_header(std::byte* to, const frame_header& header) noexcept;
// An error for a length or a number of descriptors out of range; types are message.hpp's to judge.
[[nodiscard]] result<frame_header> get_header(std::span<const std::byte, header_size> from);

// Appends values to a payload.
class writer {
public:
    explicit writer(std::vector<std::byte>& to) noexcept : to_(to) {}
    void u8(std::uint8_t v);
    void u32(std::uint32_t v);
    void u64(std::uint64_t v);
    void i32(std::int32_t v) { u32(static_cast<std::uint32_t>(v)); }
    void i64(std::int64_t v) { u64(static_cast<std::uint64_t>(v)); }
    // u32 length, then the bytes.
    void text(std::string_view v);
    void bytes(std::span<const std::byte> v);
    // No length: the reader knows.
    void raw(std::span<const std::byte> v) { to_.insert(to_.end(), v.begin(), v.end()); }
    void texts(const std::map<std::string, std::string>& v);
    // So many bytes follow: the buffer moves now or not at all (it would leave a copy behind).
    void reserve(std::size_t size) { to_.reserve(to_.size() + size); }

private:
    std::vector<std::byte>& to_;
};

// Takes values from a payload. After the first that does not fit every get gives zero or empty and
// failed() says what was wrong; so a decoder reads on and asks once, at its end.
class reader {
public:
    explicit reader(std::span<const std::byte> from) noexcept : from_(from) {}
    // What the next values are, for the errors. Must outlive the reader: a literal.
    reader& at(std::string_view field) noexcept { return field_ = field, *this; }
    [[nodiscard]] std::uint8_t u8();
    [[nodiscard]] std::uint32_t u32();
    [[nodiscard]] std::uint64_t u64();
    [[nodiscard]] std::int32_t i32() { return static_cast<std::int32_t>(u32()); }
    [[nodiscard]] std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
    // False for 0, true for 1; anything else fails.
    [[nodiscard]] bool flag();
    // Must be UTF-8.
    [[nodiscard]] std::string text();
    // Borrowed from the payload.
    [[nodiscard]] std::span<const std::byte> bytes();
    [[nodiscard]] std::map<std::string, std::string> texts();
    // How many elements follow that take at least `each` bytes: a count the payload cannot hold
    // fails before anything is reserved for it.
    [[nodiscard]] std::uint32_t count(std::size_t each);
    // What is left to read.
    [[nodiscard]] std::span<const std::byte> rest() const noexcept { return from_; }
    // As it stands; the first one counts.
    void fail(std::string why);
    [[nodiscard]] bool broken() const noexcept { return failure_.has_value(); }
    // What was wrong, or that bytes are left over; nothing when all was read and well.
    [[nodiscard]] std::optional<std::string> failed() const;

private:
    [[nodiscard]] bool take(std::size_t size, std::span<const std::byte>& out);
    // The field at hand, and what is wrong with it.
    void wrong(std::string_view how);

    std::span<const std::byte> from_;
    std::string_view field_ = "a value";
    std::optional<std::string> failure_;
};

}  // namespace qry::wire
