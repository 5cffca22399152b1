// The worker's half of batch.hpp, and the host's for arguments.
#include "wire/batch.hpp"

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "wire/batch_layout.hpp"

namespace qry::wire {

namespace {

// Of a batch that is split, what still goes into the frame: bitmaps and the like.
constexpr std::size_t id_size = 8;
constexpr std::size_t node_size = 24;

struct buffer_out {
    const void* at = nullptr;
    std::uint64_t size = 0;
    buffer_kind kind = buffer_kind::absent;
    place where{};
};

struct node_out {
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    std::int64_t offset = 0;
    std::size_t count = 0;
    std::array<buffer_out, most_buffers> buffers{};
};

// Only what is followed here is looked at; whether the values are right is the reader's to judge.
result<void> check_node(const node_type& which, const ArrowArray& array) {
    if (array.release == nullptr) return which.broken("was released");
    if (array.length < 0 || array.offset < 0 || array.offset > INT64_MAX - array.length) {
        return which.broken("has a length or an offset out of range");
    }
    const auto buffers = static_cast<std::int64_t>(which.buffer_count());
    if (array.n_buffers != buffers || (buffers > 0 && array.buffers == nullptr)) {
        return which.broken("has not " + std::to_string(buffers) + " buffers");
    }
    const auto children = static_cast<std::int64_t>(which.child_count());
    if (array.n_children != children || (children > 0 && array.children == nullptr)) {
        return which.broken("has not " + std::to_string(children) + " children");
    }
    for (std::int64_t i = 0; i < children; ++i) {
        if (array.children[i] == nullptr) return which.broken("has a child that is NULL");
    }
    if (which.has_dictionary() != (array.dictionary != nullptr)) {
        return which.broken("and its array do not agree on having a dictionary");
    }
    return {};
}

result<node_out> measure_node(const node_type& which, const ArrowArray& array) {
    node_out node{.length = array.length, .count = which.buffer_count()};
    if (array.length == 0) return node;
    node.null_count = array.null_count;
    node.offset = array.offset;
    const auto rows = static_cast<std::uint64_t>(array.offset + array.length);
    for (std::size_t i = 0; i < node.count; ++i) {
        buffer_out& buffer = node.buffers[i];
        buffer.at = array.buffers[i];
        if (buffer.at == nullptr && i == 0) continue;
        std::optional<std::uint64_t> size;
        if (i < 2) {
            size = which.buffer_bytes(i, rows);
        } else if (const auto last = offset_at(array.buffers[1], which.offset_width(), rows);
                   last >= 0) {
            size = static_cast<std::uint64_t>(last);
        }
        if (!size) return which.broken("has buffers of no possible size");
        if (*size != 0 && buffer.at == nullptr) {
            return which.broken("has no buffer " + std::to_string(i));
        }
        buffer.size = *size;
    }
    return node;
}

result<void> collect(
    const node_type& which, const ArrowArray& array, std::vector<node_out>& nodes
) {
    if (auto ok = check_node(which, array); !ok) return ok;
    auto node = measure_node(which, array);
    if (!node) return std::move(node).error();
    nodes.push_back(*node);
    for (std::size_t i = 0; i < which.child_count(); ++i) {
        if (auto ok = collect(which.child(i), *array.children[i], nodes); !ok) return ok;
    }
    if (which.has_dictionary()) return collect(which.dictionary(), *array.dictionary, nodes);
    return {};
}

template <class Do>
void each_buffer(std::vector<node_out>& nodes, Do&& act) {
    for (node_out& node : nodes) {
        for (std::size_t i = 0; i < node.count; ++i) {
            if (node.buffers[i].size != 0) act(node.buffers[i]);
        }
    }
}

place shareable(const sharing& memory, const void* at, std::uint64_t size) {
    const place found = memory.where(at, size);
    return found.offset % buffer_alignment == 0 ? found : place{};
}

// Where each buffer goes. False: out of shared memory.
bool place_buffers(std::vector<node_out>& nodes, const sharing& memory) {
    std::uint64_t total = 0;
    each_buffer(nodes, [&](const buffer_out& buffer) { total += buffer.size; });
    const bool small = !memory.where || total <= inline_bytes;
    std::uint64_t room = inline_bytes;
    bool enough = true;
    each_buffer(nodes, [&](buffer_out& buffer) {
        buffer.kind = buffer_kind::inside;
        if (small || !enough) return;
        buffer.where = shareable(memory, buffer.at, buffer.size);
        if (buffer.where.number == 0 && buffer.size <= room) {
            room -= buffer.size;
            return;
        }
        buffer.kind = buffer_kind::shared;
        if (buffer.where.number != 0) return;
        void* copy = memory.copy(buffer.size);
        if (copy != nullptr) {
            std::memcpy(copy, buffer.at, buffer.size);
            buffer.where = shareable(memory, copy, buffer.size);
        }
        enough = buffer.where.number != 0;
    });
    return enough;
}

std::uint64_t encoded_size(std::vector<node_out>& nodes) {
    std::uint64_t size = id_size;
    for (const node_out& node : nodes)
        size += node_size + node.count;
    each_buffer(nodes, [&](const buffer_out& b) {
        size += b.kind == buffer_kind::shared ? 20 : 8;
    });
    each_buffer(nodes, [&](const buffer_out& b) {
        if (b.kind == buffer_kind::inside) size = (size + 7) / 8 * 8 + b.size;
    });
    return size;
}

std::uint64_t put_nodes(writer& to, const std::vector<node_out>& nodes) {
    std::uint64_t size = id_size;
    for (const node_out& node : nodes) {
        to.i64(node.length);
        to.i64(node.null_count);
        to.i64(node.offset);
        size += node_size + node.count;
        for (std::size_t i = 0; i < node.count; ++i) {
            const buffer_out& buffer = node.buffers[i];
            to.u8(static_cast<std::uint8_t>(buffer.kind));
            if (buffer.kind == buffer_kind::absent) continue;
            to.u64(buffer.size);
            size += 8;
            if (buffer.kind != buffer_kind::shared) continue;
            to.u32(buffer.where.number);
            to.u64(buffer.where.offset);
            size += 12;
        }
    }
    return size;
}

void put_insides(writer& to, std::vector<node_out>& nodes, std::uint64_t position) {
    constexpr std::array<std::byte, 8> zeros{};
    each_buffer(nodes, [&](const buffer_out& buffer) {
        if (buffer.kind != buffer_kind::inside) return;
        const std::uint64_t gap = (8 - position % 8) % 8;
        to.raw({zeros.data(), gap});
        to.raw({static_cast<const std::byte*>(buffer.at), buffer.size});
        position += gap + buffer.size;
    });
}

error out_of_memory() {
    return {
        .kind = status::resource_limit,
        .message = "the memory that this driver shares with the host is spent",
        .hint = "read the results that are open to their end, or close them",
        .from = origin::host};
}

error too_large(std::uint64_t size) {
    return {
        .kind = status::resource_limit,
        .message = "arguments or rows of " + std::to_string(size) +
                   " bytes do not fit the message of at most " + std::to_string(max_payload) +
                   " bytes that carries them",
        .hint = "pass fewer or shorter values at a time",
        .from = origin::host};
}

}  // namespace

result<bool> put_batch(
    writer& to,
    std::uint64_t id,
    const arrow::field& type,
    const ArrowArray& rows,
    const sharing& memory
) {
    std::vector<node_out> nodes;
    if (auto ok = collect(node_type(type), rows, nodes); !ok) return std::move(ok).error();
    if (!place_buffers(nodes, memory)) return out_of_memory();
    if (const std::uint64_t size = encoded_size(nodes); size > max_payload) return too_large(size);
    bool shared = false;
    each_buffer(nodes, [&](const buffer_out& b) { shared |= b.kind == buffer_kind::shared; });
    to.u64(shared ? id : 0);
    const std::uint64_t position = put_nodes(to, nodes);
    put_insides(to, nodes, position);
    return shared;
}

}  // namespace qry::wire
