#include "worker/arguments.hpp"

#include <cstdlib>
#include <utility>

#include <qry/kit/arrow/type.hpp>

#include "wire/batch.hpp"

namespace qry::worker {

namespace {

constexpr std::size_t alignment = 64;

void* allocate(std::size_t size) {
    return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}

}  // namespace

result<void> read_arguments(const wire::execute& from, backend::execute_arguments& to) {
    if (from.args_schema.empty() && from.args.empty()) return {};
    auto schema = wire::get_schema(from.args_schema);
    if (!schema) return std::move(schema).error();
    auto type = arrow::import_field(**schema);
    if (!type) return std::move(type).error();
    // Arguments come inside their frame: there is no segment that they could name.
    const wire::segment_map none(0);
    const wire::landing heap{
        .alloc = &allocate,
        .free = [](void* block, std::size_t) { std::free(block); },
        .on_release = {}};
    auto row = wire::get_batch(from.args, *type, none, wire::trust::checked, heap);
    if (!row) return std::move(row).error();
    if (!row->rows || row->rows->length != 1 || row->give_back != 0) {
        return error{
            .kind = status::plugin_error,
            .message = "the arguments of execute are not one row within their frame",
            .from = origin::host};
    }
    to.args_schema = std::move(*schema);
    to.args = std::move(row->rows);
    return {};
}

}  // namespace qry::worker
