// Making an array_view: does the array have the structure that its type asks for?
#include <qry/kit/arrow/array_view.hpp>

namespace qry::arrow {

namespace {

constexpr int max_depth = 64;

error refuse(const field& which, const std::string& why) {
    return {
        .kind = status::plugin_error,
        .message =
            "Arrow array: column '" + which.name + "' of type " + which.type.name() + " " + why};
}

std::int64_t buffer_count(type_id id) noexcept {
    switch (id) {
        case type_id::null:
            return 0;
        case type_id::structure:
            return 1;
        case type_id::utf8:
        case type_id::large_utf8:
        case type_id::binary:
        case type_id::large_binary:
            return 3;
        default:
            return 2;
    }
}

std::int64_t array_children(const data_type& type) noexcept {
    switch (type.id()) {
        case type_id::list:
        case type_id::large_list:
        case type_id::map:
            return 1;
        case type_id::structure:
            return static_cast<std::int64_t>(type.children().size());
        default:
            return 0;
    }
}

std::string expected(const char* what, std::int64_t want, std::int64_t have) {
    return "needs " + std::to_string(want) + " " + what + " but has " + std::to_string(have);
}

result<void> check_buffers(const field& which, const ArrowArray& array) {
    const std::int64_t want = buffer_count(which.type.id());
    if (array.n_buffers != want) return refuse(which, expected("buffers", want, array.n_buffers));
    if (want > 0 && array.buffers == nullptr) return refuse(which, "has no list of buffers");
    const bool has_rows = array.length + array.offset > 0;
    for (std::int64_t i = 1; i < want && has_rows; ++i) {
        // Text that is empty throughout may do without its last buffer.
        if (array.buffers[i] == nullptr && i != 2) {
            return refuse(which, "has no buffer " + std::to_string(i));
        }
    }
    if (array.null_count > 0 && want > 0 && array.buffers[0] == nullptr) {
        return refuse(which, "counts nulls but has no validity bitmap");
    }
    return {};
}

result<void> check_children(const field& which, const ArrowArray& array) {
    const std::int64_t want = array_children(which.type);
    if (array.n_children != want) {
        return refuse(which, expected("children", want, array.n_children));
    }
    if (want > 0 && array.children == nullptr) return refuse(which, "has no list of children");
    for (std::int64_t i = 0; i < want; ++i) {
        if (array.children[i] == nullptr) return refuse(which, "has a child that is NULL");
    }
    if ((which.type.id() == type_id::dictionary) != (array.dictionary != nullptr)) {
        return refuse(which, "and its array do not agree on having a dictionary");
    }
    return {};
}

result<void> check_structure(const field& which, const ArrowArray& array) {
    if (array.release == nullptr) return refuse(which, "was released");
    if (array.length < 0) return refuse(which, "has a negative length");
    if (array.offset < 0) return refuse(which, "has a negative offset");
    if (array.offset > INT64_MAX - array.length) return refuse(which, "ends beyond 64 bits");
    if (array.null_count < -1 || array.null_count > array.length) {
        return refuse(
            which,
            "counts " + std::to_string(array.null_count) + " nulls in " +
                std::to_string(array.length) + " rows"
        );
    }
    if (auto ok = check_buffers(which, array); !ok) return ok;
    return check_children(which, array);
}

}  // namespace

result<array_view> array_view::make(const ArrowSchema& schema, const ArrowArray& array) {
    auto which = import_field(schema);
    if (!which) return std::move(which).error();
    return bind(std::make_shared<const arrow::field>(std::move(*which)), array, 0);
}

result<array_view> array_view::make(const arrow::field& which, const ArrowArray& array) {
    return bind(std::make_shared<const arrow::field>(which), array, 0);
}

result<void> array_view::add_children(array_view& view, const ArrowArray& array, int depth) {
    const auto fields = view.type().children();
    const bool map = view.type().id() == type_id::map;
    const bool dictionary = view.type().id() == type_id::dictionary;
    const ArrowArray* parent = map ? array.children[0] : &array;
    if (map &&
        (parent->release == nullptr || parent->n_children != 2 || parent->children == nullptr ||
         parent->children[0] == nullptr || parent->children[1] == nullptr)) {
        return refuse(view.field(), "has entries that are not pairs");
    }
    for (std::size_t i = dictionary ? 1 : 0; i < fields.size(); ++i) {
        const ArrowArray& child = dictionary ? *array.dictionary : *parent->children[i];
        // The parent's field keeps those of its children alive.
        auto made = bind({view.field_, &fields[i]}, child, depth + 1);
        if (!made) return std::move(made).error();
        view.children_.push_back(std::move(*made));
    }
    return {};
}

result<array_view> array_view::bind(
    std::shared_ptr<const arrow::field> which, const ArrowArray& array, int depth
) {
    if (depth > max_depth) return refuse(*which, "is nested too deeply");
    if (auto ok = check_structure(*which, array); !ok) return std::move(ok).error();
    array_view view;
    view.field_ = std::move(which);
    view.array_ = &array;
    if (auto ok = add_children(view, array, depth); !ok) return std::move(ok).error();
    return view;
}

}  // namespace qry::arrow
