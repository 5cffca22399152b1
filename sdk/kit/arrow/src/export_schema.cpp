#include <memory>

#include <qry/kit/arrow/type.hpp>

namespace qry::arrow {

namespace {

struct exported {
    std::string format;
    std::string name;
    std::string metadata;
    std::vector<unique_schema> children;
    std::vector<ArrowSchema*> pointers;
    unique_schema dictionary;
};

void release_exported(ArrowSchema* schema) {
    // Children that a consumer moved away are empty and stay alone.
    delete static_cast<exported*>(schema->private_data);
    schema->release = nullptr;
}

unique_schema finish(std::unique_ptr<exported> owned, std::int64_t flags) {
    for (unique_schema& child : owned->children)
        owned->pointers.push_back(child.get());
    ArrowSchema raw{};
    raw.format = owned->format.c_str();
    raw.name = owned->name.c_str();
    raw.metadata = owned->metadata.empty() ? nullptr : owned->metadata.data();
    raw.flags = flags;
    raw.n_children = static_cast<std::int64_t>(owned->pointers.size());
    raw.children = owned->pointers.empty() ? nullptr : owned->pointers.data();
    raw.dictionary = owned->dictionary ? owned->dictionary.get() : nullptr;
    raw.release = &release_exported;
    raw.private_data = owned.release();
    return unique_schema(&raw);
}

// A map's key and value sit in a struct that no row of it may lack.
unique_schema map_entries(std::span<const field> key_and_value) {
    auto owned = std::make_unique<exported>();
    owned->format = "+s";
    owned->name = "entries";
    for (const field& f : key_and_value)
        owned->children.push_back(export_field(f));
    return finish(std::move(owned), 0);
}

}  // namespace

unique_schema export_field(const field& which) {
    auto owned = std::make_unique<exported>();
    owned->format = which.type.format();
    owned->name = which.name;
    owned->metadata = encode_metadata(which.metadata);
    const auto children = which.type.children();
    if (which.type.id() == type_id::dictionary) {
        owned->dictionary = export_field({.name = {}, .type = children[1].type});
    } else if (which.type.id() == type_id::map) {
        owned->children.push_back(map_entries(children));
    } else {
        for (const field& f : children)
            owned->children.push_back(export_field(f));
    }
    return finish(std::move(owned), which.nullable ? ARROW_FLAG_NULLABLE : 0);
}

unique_schema export_schema(std::span<const field> fields) {
    auto owned = std::make_unique<exported>();
    owned->format = "+s";
    for (const field& f : fields)
        owned->children.push_back(export_field(f));
    return finish(std::move(owned), 0);
}

}  // namespace qry::arrow
