#include "wire/batch_parse.hpp"

#include <qry/version.h>

#include <algorithm>
#include <string>
#include <utility>

#include "wire/frame.hpp"

namespace qry::wire {

namespace {

// Lists and dictionaries may have more rows than a batch; nothing can have more than this.
constexpr std::int64_t most_rows = std::int64_t{1} << 40;

std::string number(std::uint64_t value) {
    return std::to_string(value);
}

class parser {
public:
    parser(std::span<const std::byte> from, const segment_map& segments)
        : from_(from), in_(from), segments_(segments), shared_left_(segments.bytes()) {}

    [[nodiscard]] result<parsed_batch> run(const arrow::field& type) {
        out_.id = in_.u64();
        consumed_ = sizeof(out_.id);
        if (auto ok = node(node_type(type)); !ok) return std::move(ok).error();
        // A reader that came to the frame's end has given zeros since.
        if (from_.size() - in_.rest().size() != consumed_) return malformed("ends early");
        if (out_.nodes[0].length > QRY_BATCH_MAX_ROWS) {
            return malformed(
                "has " + std::to_string(out_.nodes[0].length) + " rows; at most " +
                std::to_string(QRY_BATCH_MAX_ROWS) + " are allowed"
            );
        }
        if ((out_.id != 0) != !out_.mappings.empty()) {
            return malformed("has an id without sharing anything, or shares without an id");
        }
        if (auto ok = find_insides(); !ok) return std::move(ok).error();
        return std::move(out_);
    }

private:
    [[nodiscard]] static error malformed(const std::string& what) {
        return {.kind = status::plugin_error, .message = "batch: " + what, .from = origin::host};
    }

    result<void> node(const node_type& which) {
        node_in made{.which = which, .length = in_.i64()};
        made.null_count = in_.i64();
        made.offset = in_.i64();
        consumed_ += 24;
        if (made.length < 0 || made.length > most_rows || made.offset < 0 ||
            made.offset > most_rows) {
            return which.broken("has a length or an offset out of range");
        }
        if (made.null_count < -1 || made.null_count > made.length) {
            return which.broken(
                "counts " + std::to_string(made.null_count) + " nulls in " +
                std::to_string(made.length) + " rows"
            );
        }
        for (std::size_t i = 0; i < which.buffer_count(); ++i) {
            if (auto ok = buffer(made, i); !ok) return ok;
        }
        if (auto ok = check_presence(made); !ok) return ok;
        out_.nodes.push_back(made);
        return children(which, made);
    }

    result<void> children(const node_type& which, const node_in& parent) {
        for (std::size_t i = 0; i < which.child_count(); ++i) {
            const std::size_t at = out_.nodes.size();
            if (auto ok = node(which.child(i)); !ok) return ok;
            const node_in& child = out_.nodes[at];
            if (which.is_structure() && static_cast<std::uint64_t>(child.length) < parent.rows()) {
                return child.which.broken(
                    "has " + std::to_string(child.length) + " rows instead of " +
                    number(parent.rows())
                );
            }
        }
        if (which.has_dictionary()) return node(which.dictionary());
        return {};
    }

    result<void> buffer(node_in& node, std::size_t index) {
        buffer_in& out = node.buffers[index];
        const std::uint8_t kind = in_.u8();
        consumed_ += 1;
        if (kind > static_cast<std::uint8_t>(buffer_kind::shared)) {
            return node.which.broken("has a buffer of unknown kind " + number(kind));
        }
        out.kind = static_cast<buffer_kind>(kind);
        if (out.kind == buffer_kind::absent) return {};
        out.size = in_.u64();
        consumed_ += 8;
        if (out.size == 0) return node.which.broken("has a buffer of no bytes");
        if (index < 2) {
            const auto needed = node.which.buffer_bytes(index, node.rows());
            if (needed != out.size) {
                return node.which.broken(
                    "buffer " + number(index) + " has " + number(out.size) + " bytes" +
                    (needed ? " instead of " + number(*needed) : std::string())
                );
            }
        }
        return out.kind == buffer_kind::shared ? locate(node.which, out) : result<void>();
    }

    // All that one batch shares must fit what there is: buffers do not overlap, so that a short
    // frame cannot ask for a copy without end.
    result<void> locate(const node_type& which, buffer_in& buffer) {
        const std::uint32_t segment = in_.u32();
        const std::uint64_t offset = in_.u64();
        consumed_ += 12;
        segment_map::mapping keep;
        const auto found = segments_.look(segment, offset, buffer.size, &keep);
        if (found.empty() || offset % buffer_alignment != 0 || buffer.size > shared_left_) {
            return which.broken(
                "names " + number(buffer.size) + " bytes at " + number(offset) + " of segment " +
                number(segment) + ", which cannot be"
            );
        }
        shared_left_ -= buffer.size;
        buffer.from = found.data();
        auto& known = out_.mappings;
        if (std::find(known.begin(), known.end(), keep) == known.end()) {
            known.push_back(std::move(keep));
        }
        return {};
    }

    static result<void> check_presence(const node_in& node) {
        const std::size_t count = node.which.buffer_count();
        if (node.length == 0) {
            const bool bare =
                node.offset == 0 && node.null_count == 0 &&
                std::all_of(node.buffers.begin(), node.buffers.end(), [](const buffer_in& b) {
                    return b.kind == buffer_kind::absent;
                });
            if (!bare) return node.which.broken("has no rows, but buffers, nulls or an offset");
            return {};
        }
        if (count > 0 && node.null_count > 0 && node.buffers[0].kind == buffer_kind::absent) {
            return node.which.broken("counts nulls but has no validity bitmap");
        }
        if (count > 1 && node.buffers[1].kind == buffer_kind::absent) {
            return node.which.broken("has no buffer 1");
        }
        return {};
    }

    result<void> find_insides() {
        for (node_in& node : out_.nodes) {
            for (buffer_in& buffer : node.buffers) {
                if (buffer.kind != buffer_kind::inside) continue;
                const std::size_t gap = (8 - consumed_ % 8) % 8;
                if (gap > from_.size() - consumed_) return malformed("ends early");
                const auto zeros = from_.subspan(consumed_, gap);
                if (std::any_of(zeros.begin(), zeros.end(), [](std::byte b) {
                        return b != std::byte{0};
                    })) {
                    return malformed("has something between its buffers");
                }
                consumed_ += gap;
                if (buffer.size > from_.size() - consumed_) return malformed("ends early");
                buffer.from = from_.data() + consumed_;
                consumed_ += buffer.size;
            }
        }
        if (consumed_ != from_.size()) {
            return malformed("has " + number(from_.size() - consumed_) + " bytes too many");
        }
        return {};
    }

    const std::span<const std::byte> from_;
    reader in_;
    const segment_map& segments_;
    std::uint64_t shared_left_;
    std::size_t consumed_ = 0;
    parsed_batch out_;
};

}  // namespace

result<parsed_batch> parse_batch(
    std::span<const std::byte> from, const arrow::field& type, const segment_map& segments
) {
    return parser(from, segments).run(type);
}

result<void> check_bytes(const node_in& node, const void* offsets) {
    if (node.which.buffer_count() < 3 || node.length == 0) return {};
    const std::int64_t last = offset_at(offsets, node.which.offset_width(), node.rows());
    const std::uint64_t have = node.buffers[2].size;
    if (last >= 0 && static_cast<std::uint64_t>(last) == have) return {};
    return node.which.broken(
        "buffer 2 has " + number(have) + " bytes instead of " + std::to_string(last)
    );
}

}  // namespace qry::wire
