#include "arrow_share.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace qry::python {

namespace {

struct schema_memory {
    std::string format;
    std::string name;
    std::string metadata;
    std::vector<ArrowSchema> children;
    std::vector<ArrowSchema*> pointers;
    ArrowSchema dictionary{};
};

void release_schema(ArrowSchema* s) noexcept {
    auto* memory = static_cast<schema_memory*>(s->private_data);
    for (ArrowSchema& child : memory->children) {
        if (child.release != nullptr) child.release(&child);
    }
    if (memory->dictionary.release != nullptr) memory->dictionary.release(&memory->dictionary);
    s->release = nullptr;
    delete memory;
}

// The length is only known from the encoding itself: count, then lengths and texts in turn.
std::string metadata_bytes(const char* encoded) {
    if (encoded == nullptr) return {};
    const auto number = [encoded](std::size_t at) {
        std::int32_t n = 0;
        std::memcpy(&n, encoded + at, sizeof(n));
        return n;
    };
    std::size_t at = sizeof(std::int32_t);
    for (std::int64_t i = 0; i < 2 * static_cast<std::int64_t>(number(0)); ++i) {
        at += sizeof(std::int32_t) + static_cast<std::size_t>(number(at));
    }
    return {encoded, at};
}

void fill_schema(const ArrowSchema& source, ArrowSchema& out) {
    auto memory = std::make_unique<schema_memory>();
    memory->format = source.format;
    memory->name = source.name == nullptr ? "" : source.name;
    memory->metadata = metadata_bytes(source.metadata);
    memory->children.resize(static_cast<std::size_t>(source.n_children));
    memory->pointers.resize(memory->children.size());
    out = ArrowSchema{};
    out.format = memory->format.c_str();
    out.name = memory->name.c_str();
    out.metadata = source.metadata == nullptr ? nullptr : memory->metadata.data();
    out.flags = source.flags;
    out.n_children = source.n_children;
    out.children = memory->pointers.data();
    out.private_data = memory.get();
    out.release = release_schema;
    schema_memory& m = *memory.release();
    for (std::size_t i = 0; i < m.children.size(); ++i) {
        m.pointers[i] = &m.children[i];
        fill_schema(*source.children[i], m.children[i]);
    }
    if (source.dictionary != nullptr) {
        fill_schema(*source.dictionary, m.dictionary);
        out.dictionary = &m.dictionary;
    }
}

struct array_memory {
    shared_array owner;
    std::vector<const void*> buffers;
    std::vector<ArrowArray> children;
    std::vector<ArrowArray*> pointers;
    ArrowArray dictionary{};
};

void release_array(ArrowArray* a) noexcept {
    auto* memory = static_cast<array_memory*>(a->private_data);
    for (ArrowArray& child : memory->children) {
        if (child.release != nullptr) child.release(&child);
    }
    if (memory->dictionary.release != nullptr) memory->dictionary.release(&memory->dictionary);
    a->release = nullptr;
    delete memory;
}

void fill_array(const ArrowArray& source, const shared_array& owner, ArrowArray& out) {
    auto memory = std::make_unique<array_memory>();
    memory->owner = owner;
    memory->buffers.assign(source.buffers, source.buffers + source.n_buffers);
    memory->children.resize(static_cast<std::size_t>(source.n_children));
    memory->pointers.resize(memory->children.size());
    out = source;
    out.buffers = memory->buffers.data();
    out.children = memory->pointers.data();
    out.dictionary = nullptr;
    out.private_data = memory.get();
    out.release = release_array;
    array_memory& m = *memory.release();
    for (std::size_t i = 0; i < m.children.size(); ++i) {
        m.pointers[i] = &m.children[i];
        fill_array(*source.children[i], owner, m.children[i]);
    }
    if (source.dictionary != nullptr) {
        fill_array(*source.dictionary, owner, m.dictionary);
        out.dictionary = &m.dictionary;
    }
}

}  // namespace

unique_schema copy_schema(const ArrowSchema& source) {
    unique_schema out;
    fill_schema(source, *out.get());
    return out;
}

unique_schema empty_schema() {
    ArrowSchema none{};
    none.format = "+s";
    none.name = "";
    return copy_schema(none);
}

unique_array share(const shared_array& owner) {
    unique_array out;
    fill_array(*owner->get(), owner, *out.get());
    return out;
}

}  // namespace qry::python
