// A driver whose every verb ends when the test says so.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <qry/kit/arrow/type.hpp>

#include "backend/backend.hpp"

namespace fake {

using namespace qry;

struct control {
    boost::asio::io_context& loop;
    // What was called, in order.
    std::vector<std::string> calls;
    bool alive = true;
    std::optional<std::size_t> connected_on;
    backend::reports reports;
    // Waiting for the test.
    completion<std::unique_ptr<backend::session>> on_connect;
    completion<void> on_test;
    completion<backend::head> on_head;
    completion<backend::batch> on_batch;
    completion<void> on_reset;
    completion<void> on_close;

    void forget() {
        reports = {};
        on_connect = nullptr;
        on_test = nullptr;
        on_head = nullptr;
        on_batch = nullptr;
        on_reset = nullptr;
        on_close = nullptr;
    }
    [[nodiscard]] std::size_t count(const std::string& what) const {
        return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), what));
    }
};

class session final : public backend::session {
public:
    explicit session(std::shared_ptr<control> by) : by_(std::move(by)) {}
    boost::asio::any_io_executor executor() const override { return by_->loop.get_executor(); }
    void execute(
        backend::verb_context, backend::execute_arguments what, completion<backend::head> done
    ) override {
        by_->calls.push_back("execute " + what.sql);
        by_->on_head = std::move(done);
    }
    void introspect(backend::verb_context, std::int32_t, bool, bool, completion<backend::head> done)
        override {
        by_->calls.push_back("introspect");
        by_->on_head = std::move(done);
    }
    void next(backend::verb_context, completion<backend::batch> done) override {
        by_->calls.push_back("next");
        by_->on_batch = std::move(done);
    }
    void cancel() noexcept override { by_->calls.push_back("cancel"); }
    void reset(backend::verb_context, completion<void> done) override {
        by_->calls.push_back("reset");
        by_->on_reset = std::move(done);
    }
    bool alive() noexcept override { return by_->alive; }
    void close(backend::verb_context, completion<void> done) override {
        by_->calls.push_back("close");
        by_->on_close = std::move(done);
    }
    void set_reports(backend::reports sink) override { by_->reports = std::move(sink); }

private:
    const std::shared_ptr<control> by_;
};

class attempt final : public operation {
public:
    explicit attempt(std::shared_ptr<control> by) : by_(std::move(by)) {}
    void cancel() noexcept override { by_->calls.push_back("cancel connect"); }

private:
    const std::shared_ptr<control> by_;
};

class driver final : public backend::driver {
public:
    explicit driver(std::shared_ptr<control> by) : by_(std::move(by)) {}
    operation_ptr connect(
        backend::verb_context,
        backend::connect_arguments what,
        completion<std::unique_ptr<backend::session>> done
    ) override {
        by_->calls.push_back("connect");
        by_->connected_on = what.loop;
        by_->on_connect = std::move(done);
        return std::make_shared<attempt>(by_);
    }
    operation_ptr test(
        backend::verb_context,
        backend::connect_arguments,
        backend::reports sink,
        completion<void> done
    ) override {
        by_->calls.push_back("test");
        by_->reports = std::move(sink);
        by_->on_test = std::move(done);
        return std::make_shared<attempt>(by_);
    }

private:
    const std::shared_ptr<control> by_;
};

// A struct with one int64 column "n", without rows to speak of: its memory lives in the structure.
inline unique_schema make_schema() {
    const std::vector<arrow::field> fields{{"n", arrow::data_type(arrow::type_id::int64)}};
    return arrow::export_schema(fields);
}

struct batch_memory {
    std::vector<std::int64_t> values;
    const void* column_buffers[2];
    const void* row_buffers[1];
    ArrowArray column;
    ArrowArray* columns[1];
    int* living;
};

// living: counts the batches that have not been released.
inline unique_array make_batch(std::size_t rows, int& living) {
    auto* memory = new batch_memory{};
    memory->values.assign(rows, 7);
    memory->column_buffers[1] = memory->values.data();
    memory->column.length = static_cast<std::int64_t>(rows);
    memory->column.n_buffers = 2;
    memory->column.buffers = memory->column_buffers;
    memory->column.release = [](ArrowArray* self) { self->release = nullptr; };
    memory->columns[0] = &memory->column;
    memory->living = &living;
    ++living;
    ArrowArray made{};
    made.length = static_cast<std::int64_t>(rows);
    made.n_buffers = 1;
    made.n_children = 1;
    made.buffers = memory->row_buffers;
    made.children = memory->columns;
    made.private_data = memory;
    made.release = [](ArrowArray* self) {
        auto* own = static_cast<batch_memory*>(self->private_data);
        --*own->living;
        delete own;
        self->release = nullptr;
    };
    return unique_array(&made);
}

}  // namespace fake
