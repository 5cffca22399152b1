#include "session/slice.hpp"

#include <cstring>
#include <memory>
#include <vector>

namespace qry::session {

namespace {

// Behind each structure that was changed. A reader may move a child out and release its parent, so
// each holds on to the batch by itself.
struct node {
    std::shared_ptr<unique_array> whole;
    std::vector<ArrowArray> children;
    std::vector<ArrowArray*> list;
};

void release(ArrowArray* array) noexcept {
    const std::unique_ptr<node> own(static_cast<node*>(array->private_data));
    for (ArrowArray& child : own->children) {
        if (child.release != nullptr) child.release(&child);
    }
    array->release = nullptr;
}

ArrowArray cut(
    const std::shared_ptr<unique_array>& whole,
    const ArrowArray& from,
    const ArrowSchema& schema,
    std::int64_t rows
) {
    auto own = std::make_unique<node>();
    own->whole = whole;
    ArrowArray out = from;
    out.length = rows;
    // How many of the first rows are null is not known without looking.
    if (out.null_count != 0) out.null_count = -1;
    const bool is_struct = std::strcmp(schema.format, "+s") == 0;
    for (std::int64_t i = 0; is_struct && i < from.n_children; ++i) {
        own->children.push_back(
            cut(whole, *from.children[i], *schema.children[i], from.offset + rows)
        );
    }
    for (ArrowArray& child : own->children)
        own->list.push_back(&child);
    if (!own->list.empty()) out.children = own->list.data();
    out.release = &release;
    out.private_data = own.release();
    return out;
}

}  // namespace

unique_array first_rows(unique_array batch, const ArrowSchema& schema, std::int64_t rows) {
    if (batch->length == rows) return batch;
    const auto whole = std::make_shared<unique_array>(std::move(batch));
    ArrowArray top = cut(whole, **whole, schema, rows);
    return unique_array(&top);
}

}  // namespace qry::session
