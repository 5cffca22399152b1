// Schemas on the wire: field by field, a field's children after it and its dictionary last.
//   text format, text name, bytes metadata (none when empty), i64 flags,
//   u8 dictionary follows, u32 number of children
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <qry/kit/text/utf8.hpp>

#include "wire/batch.hpp"

namespace qry::wire {

namespace {

// As deep as sdk/kit/arrow follows, and far beyond what any database has columns.
constexpr int most_levels = 64;
constexpr std::size_t most_fields = 100'000;
constexpr std::size_t least_field_bytes = 25;
constexpr std::int64_t known_flags =
    ARROW_FLAG_DICTIONARY_ORDERED | ARROW_FLAG_NULLABLE | ARROW_FLAG_MAP_KEYS_SORTED;

void put_field(writer& to, const ArrowSchema& field) {
    to.text(field.format != nullptr ? field.format : "");
    // A name that is not UTF-8 is a server's fault, not a reason to end the worker.
    to.text(text::replace_invalid_utf8(field.name != nullptr ? field.name : ""));
    const std::string metadata = arrow::encode_metadata(arrow::decode_metadata(field.metadata));
    to.bytes(std::as_bytes(std::span(metadata)));
    to.i64(field.flags & known_flags);
    to.u8(field.dictionary != nullptr ? 1 : 0);
    to.u32(static_cast<std::uint32_t>(field.n_children));
    for (std::int64_t i = 0; i < field.n_children; ++i)
        put_field(to, *field.children[i]);
    if (field.dictionary != nullptr) put_field(to, *field.dictionary);
}

bool take_size(std::span<const std::byte>& from, std::size_t& size) noexcept {
    std::int32_t value = 0;
    if (from.size() < sizeof(value)) return false;
    std::memcpy(&value, from.data(), sizeof(value));
    from = from.subspan(sizeof(value));
    size = static_cast<std::size_t>(value);
    return value >= 0;
}

bool skip_text(std::span<const std::byte>& from) noexcept {
    std::size_t size = 0;
    if (!take_size(from, size) || size > from.size()) return false;
    from = from.subspan(size);
    return true;
}

// Metadata carries no size of its own: whoever reads it later believes the counts inside.
bool is_metadata(std::span<const std::byte> from) noexcept {
    std::size_t pairs = 0;
    if (!take_size(from, pairs)) return false;
    for (; pairs > 0; --pairs) {
        if (!skip_text(from) || !skip_text(from)) return false;
    }
    return from.empty();
}

struct taken_field {
    std::string format;
    std::string name;
    std::string metadata;
    std::vector<unique_schema> children;
    std::vector<ArrowSchema*> list;
    unique_schema dictionary;
};

void release(ArrowSchema* schema) noexcept {
    // Children that a consumer moved away are empty and stay alone.
    delete static_cast<taken_field*>(schema->private_data);
    schema->release = nullptr;
}

class schema_reader {
public:
    explicit schema_reader(std::span<const std::byte> from) noexcept : in_(from) {}

    [[nodiscard]] result<unique_schema> run() {
        unique_schema out = field(0);
        if (const auto why = in_.failed()) {
            return error{
                .kind = status::plugin_error, .message = "schema: " + *why, .from = origin::host};
        }
        // The types: known, with the children that they must have.
        if (auto known = arrow::import_field(*out); !known) {
            error why = std::move(known).error();
            why.from = origin::host;
            return why;
        }
        return out;
    }

private:
    // Text that ends where C thinks it ends.
    [[nodiscard]] std::string c_text(const char* what) {
        std::string out = in_.text();
        if (out.find('\0') != std::string::npos) fail(std::string(what) + " has a NUL in it");
        return out;
    }

    [[nodiscard]] std::string metadata() {
        const auto bytes = in_.bytes();
        if (bytes.empty()) return {};
        if (!is_metadata(bytes)) {
            fail("metadata whose lengths do not add up");
            return {};
        }
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }

    void fail(std::string why) {
        broken_ = true;
        in_.fail(std::move(why));
    }

    [[nodiscard]] unique_schema field(int level) {
        const std::size_t before = in_.rest().size();
        if (level > most_levels) fail("a field is nested more than 64 levels deep");
        if (++fields_ > most_fields) fail("more than 100000 fields");
        auto own = std::make_unique<taken_field>();
        own->format = c_text("a format");
        own->name = c_text("a name");
        own->metadata = metadata();
        const std::int64_t flags = in_.i64();
        if ((flags & ~known_flags) != 0) fail("unknown flags " + std::to_string(flags));
        const bool has_dictionary = in_.flag();
        const std::uint32_t children = in_.count(least_field_bytes);
        // A reader that has failed reads no further.
        if (before - in_.rest().size() < least_field_bytes) broken_ = true;
        for (std::uint32_t i = 0; i < children && !broken_; ++i)
            own->children.push_back(field(level + 1));
        if (has_dictionary && !broken_) own->dictionary = field(level + 1);
        return finish(std::move(own), flags);
    }

    static unique_schema finish(std::unique_ptr<taken_field> own, std::int64_t flags) {
        for (unique_schema& child : own->children)
            own->list.push_back(child.get());
        ArrowSchema out{};
        out.format = own->format.c_str();
        out.name = own->name.c_str();
        out.metadata = own->metadata.empty() ? nullptr : own->metadata.data();
        out.flags = flags;
        out.n_children = static_cast<std::int64_t>(own->list.size());
        out.children = own->list.empty() ? nullptr : own->list.data();
        out.dictionary = own->dictionary ? own->dictionary.get() : nullptr;
        out.release = &release;
        out.private_data = own.release();
        return unique_schema(&out);
    }

    reader in_;
    std::size_t fields_ = 0;
    // Nothing more is read, so that a wrong frame costs no more than a right one.
    bool broken_ = false;
};

}  // namespace

void put_schema(writer& to, const ArrowSchema& schema) {
    put_field(to, schema);
}

result<unique_schema> get_schema(std::span<const std::byte> from) {
    return schema_reader(from).run();
}

}  // namespace qry::wire
