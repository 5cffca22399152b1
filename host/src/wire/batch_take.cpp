// The host's half of batch.hpp: from a frame to rows that nobody else can change.
#include <cstring>
#include <string>
#include <utility>

#include <qry/kit/arrow/validate.hpp>

#include "wire/batch.hpp"
#include "wire/batch_parse.hpp"

namespace qry::wire {

namespace {

constexpr std::size_t block_alignment = 64;
// What buffers without bytes point to: readers may look at the first offset all the same.
alignas(block_alignment) constexpr std::array<std::byte, block_alignment> nothing{};

constexpr std::uint64_t rounded(std::uint64_t size) noexcept {
    return (size + block_alignment - 1) / block_alignment * block_alignment;
}

// Behind all arrays of one batch: a consumer may move a child out and release the rest.
struct held_batch {
    held_batch() = default;
    held_batch(const held_batch&) = delete;
    held_batch& operator=(const held_batch&) = delete;
    ~held_batch() {
        if (block != nullptr) free(block, size);
        mappings.clear();
        if (id != 0 && on_release) on_release(id);
    }

    std::byte* block = nullptr;
    std::uint64_t size = 0;
    std::function<void(void*, std::size_t)> free;
    std::vector<segment_map::mapping> mappings;
    std::uint64_t id = 0;
    std::function<void(std::uint64_t)> on_release;
};

struct taken_node {
    std::shared_ptr<held_batch> whole;
    std::array<const void*, most_buffers> buffers{};
    std::vector<unique_array> children;
    std::vector<ArrowArray*> list;
    unique_array dictionary;
};

void release(ArrowArray* array) noexcept {
    // Children that a consumer moved away are empty and stay alone.
    delete static_cast<taken_node*>(array->private_data);
    array->release = nullptr;
}

class importer {
public:
    importer(parsed_batch& from, const landing& to, trust how) : from_(from), to_(to), how_(how) {}

    [[nodiscard]] result<taken_batch> run(const arrow::field& type) {
        const std::uint64_t id = from_.id;
        if (!bring_over()) return taken_batch{.rows = {}, .give_back = id};
        for (std::size_t i = 0; i < from_.nodes.size(); ++i) {
            if (auto ok = check_bytes(from_.nodes[i], at_[i][1]); !ok) {
                return std::move(ok).error();
            }
        }
        unique_array rows = build(node_type(type));
        if (how_ == trust::checked) {
            if (auto ok = arrow::validate(type, *rows); !ok) {
                error why = std::move(ok).error();
                why.from = origin::host;
                return why;
            }
            return taken_batch{.rows = std::move(rows), .give_back = id};
        }
        // From here on the consumer decides when.
        whole_->mappings = std::move(from_.mappings);
        whole_->on_release = to_.on_release;
        whole_->id = id;
        return taken_batch{.rows = std::move(rows)};
    }

private:
    [[nodiscard]] bool copied(const buffer_in& buffer) const noexcept {
        if (buffer.kind == buffer_kind::shared) return how_ == trust::checked;
        return buffer.kind == buffer_kind::inside;
    }

    // One block for all that is copied. False: no memory.
    [[nodiscard]] bool bring_over() {
        whole_ = std::make_shared<held_batch>();
        std::uint64_t total = 0;
        for (const node_in& node : from_.nodes) {
            for (const buffer_in& buffer : node.buffers)
                total += copied(buffer) ? rounded(buffer.size) : 0;
        }
        if (total != 0) {
            whole_->free = to_.free;
            whole_->block = static_cast<std::byte*>(to_.alloc(total));
            whole_->size = total;
            if (whole_->block == nullptr) return false;
        }
        at_.reserve(from_.nodes.size());
        std::byte* next = whole_->block;
        for (const node_in& node : from_.nodes) {
            auto& at = at_.emplace_back();
            for (std::size_t i = 0; i < node.which.buffer_count(); ++i)
                at[i] = settle(node.buffers[i], i, next);
        }
        return true;
    }

    [[nodiscard]] const void* settle(const buffer_in& buffer, std::size_t index, std::byte*& next)
        const noexcept {
        if (buffer.kind == buffer_kind::absent) return index == 0 ? nullptr : nothing.data();
        if (!copied(buffer)) return buffer.from;
        std::byte* to = next;
        // The only time that shared memory is read: what is judged is the copy.
        std::memcpy(to, buffer.from, buffer.size);
        next += rounded(buffer.size);
        return to;
    }

    [[nodiscard]] unique_array build(const node_type& which) {
        const node_in& node = from_.nodes[next_node_];
        auto own = std::make_unique<taken_node>();
        own->whole = whole_;
        own->buffers = at_[next_node_];
        ++next_node_;
        own->children.reserve(which.child_count());
        for (std::size_t i = 0; i < which.child_count(); ++i)
            own->children.push_back(build(which.child(i)));
        for (unique_array& child : own->children)
            own->list.push_back(child.get());
        if (which.has_dictionary()) own->dictionary = build(which.dictionary());
        ArrowArray out{};
        out.length = node.length;
        out.null_count = node.null_count;
        out.offset = node.offset;
        out.n_buffers = static_cast<std::int64_t>(which.buffer_count());
        out.buffers = own->buffers.data();
        out.n_children = static_cast<std::int64_t>(own->list.size());
        out.children = own->list.empty() ? nullptr : own->list.data();
        out.dictionary = own->dictionary ? own->dictionary.get() : nullptr;
        out.release = &release;
        out.private_data = own.release();
        return unique_array(&out);
    }

    parsed_batch& from_;
    const landing& to_;
    const trust how_;
    std::shared_ptr<held_batch> whole_;
    // Where each node's buffers are now.
    std::vector<std::array<const void*, most_buffers>> at_;
    std::size_t next_node_ = 0;
};

}  // namespace

result<taken_batch> get_batch(
    std::span<const std::byte> from,
    const arrow::field& type,
    const segment_map& segments,
    trust how,
    const landing& to
) {
    auto parsed = parse_batch(from, type, segments);
    if (!parsed) return std::move(parsed).error();
    return importer(*parsed, to, how).run(type);
}

}  // namespace qry::wire
