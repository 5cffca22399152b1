#include "supervisor/result_stream.hpp"

#include <utility>

#include <qry/version.h>

namespace qry::supervisor {

namespace {

error odd(std::string what) {
    return {.kind = status::plugin_error, .message = std::move(what), .from = origin::plugin};
}

error no_memory() {
    return {
        .kind = status::resource_limit,
        .message = "there is no memory left for a batch of the result",
        .hint =
            "read the result batch by batch and let go of those that were read, fetch less, or "
            "give the host more (QRY_BATCH_BUDGET)",
        .from = origin::host};
}

}  // namespace

void result_stream::begin() {
    *this = {};
    stage_ = stage::head;
    allowed_ = credit;
}

void result_stream::drop() {
    dropped_ = true;
    batches_.clear();
    head_.reset();
}

void result_stream::fail(error why) {
    if (!failure_) failure_ = std::move(why);
    stage_ = stage::over;
}

result<void> result_stream::on_frame(wire::incoming& frame, remote_lane& lane) {
    switch (frame.type()) {
        case wire::frame_type::head:
            return on_head(frame);
        case wire::frame_type::batch:
            return on_batch(frame, lane);
        case wire::frame_type::ended:
            return on_ended(frame);
        case wire::frame_type::failed: {
            auto m = wire::decode<wire::failed>(frame.payload);
            if (!m) return std::move(m).error();
            if (stage_ == stage::none || stage_ == stage::over) return odd("a failure of no verb");
            fail(std::move(m->why));
            return {};
        }
        default:
            return odd("a frame of type " + std::to_string(frame.header.type) + " in a result");
    }
}

result<void> result_stream::on_head(wire::incoming& frame) {
    if (stage_ != stage::head) return odd("a head where none was due");
    auto m = wire::decode<wire::head>(frame.payload);
    if (!m) return std::move(m).error();
    stage_ = stage::batches;
    rows_affected_ = m->rows_affected;
    backend::head made;
    made.rows_affected = m->rows_affected;
    made.digest = std::move(m->digest);
    if (!m->schema.empty()) {
        auto schema = wire::get_schema(m->schema);
        if (!schema) return std::move(schema).error();
        auto type = arrow::import_field(**schema);
        if (!type) return odd(type.error().message);
        if (type->type.id() != arrow::type_id::structure) return odd("a result that is no struct");
        type_ = std::move(*type);
        made.schema = std::move(*schema);
    }
    if (!dropped_) head_ = std::move(made);
    return {};
}

result<void> result_stream::on_batch(wire::incoming& frame, remote_lane& lane) {
    if (stage_ != stage::batches || !type_) return odd("a batch where none was due");
    if (allowed_ == 0) return odd("a batch more than was asked for");
    --allowed_;
    auto rows = lane.take(frame.payload, *type_);
    if (!rows) return std::move(rows).error();
    if (dropped_ || failure_) return {};
    if (!*rows) {
        failure_ = no_memory();
        return {};
    }
    const std::int64_t length = (*rows)->length;
    if (length <= 0 || length > QRY_BATCH_MAX_ROWS) {
        return odd("a batch of " + std::to_string(length) + " rows");
    }
    batches_.push_back(std::move(*rows));
    return {};
}

result<void> result_stream::on_ended(wire::incoming& frame) {
    if (stage_ != stage::batches) return odd("an end where none was due");
    auto m = wire::decode<wire::ended>(frame.payload);
    if (!m) return std::move(m).error();
    stage_ = stage::over;
    rows_affected_ = m->rows_affected;
    clean_ = m->reset_done;
    return {};
}

result<backend::head> result_stream::take_head() {
    if (head_) {
        backend::head made = std::move(*head_);
        head_.reset();
        return made;
    }
    return *failure_;
}

result<backend::batch> result_stream::take_next(bool& spent) {
    spent = false;
    backend::batch made;
    made.rows_affected = rows_affected_;
    if (!batches_.empty()) {
        made.rows = std::move(batches_.front());
        batches_.pop_front();
        spent = true;
        return made;
    }
    if (failure_) return *failure_;
    return made;
}

}  // namespace qry::supervisor
