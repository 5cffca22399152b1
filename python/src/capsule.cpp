#include "capsule.hpp"

#include <cerrno>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace py = pybind11;

namespace qry::python {

namespace {

template <class T>
py::capsule make_capsule(unique_arrow<T> content, const char* name) {
    auto held = std::make_unique<T>();
    content.move_to(held.get());
    // A consumer that takes the content leaves release NULL.
    PyObject* made = PyCapsule_New(held.get(), name, [](PyObject* capsule) {
        auto* left = static_cast<T*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
        if (left->release != nullptr) left->release(left);
        delete left;
    });
    if (made == nullptr) {
        if (held->release != nullptr) held->release(held.get());
        throw py::error_already_set();
    }
    held.release();
    return py::reinterpret_steal<py::capsule>(made);
}

// Consumers call with the GIL or without, from Python's threads or their own.
template <class F>
auto without_gil(F&& f) {
    if (Py_IsInitialized() == 0 || PyGILState_Check() == 0) return f();
    const py::gil_scoped_release nogil;
    return f();
}

// Source has schema() and next(ArrowArray*), which returns an error's text or nothing.
template <class Source>
struct stream_memory {
    Source source;
    std::string last_error;

    static stream_memory& of(ArrowArrayStream* s) {
        return *static_cast<stream_memory*>(s->private_data);
    }
    static int get_schema(ArrowArrayStream* s, ArrowSchema* out) noexcept {
        copy_schema(*of(s).source.schema->get()).move_to(out);
        return 0;
    }
    static int get_next(ArrowArrayStream* s, ArrowArray* out) noexcept {
        return of(s).source.next(out, of(s).last_error);
    }
    static const char* get_last_error(ArrowArrayStream* s) noexcept {
        return of(s).last_error.empty() ? nullptr : of(s).last_error.c_str();
    }
    static void release(ArrowArrayStream* s) noexcept {
        auto* memory = &of(s);
        s->release = nullptr;
        without_gil([memory] { delete memory; });
    }
};

template <class Source>
unique_stream make_stream(Source source) {
    using memory = stream_memory<Source>;
    unique_stream out;
    out->get_schema = memory::get_schema;
    out->get_next = memory::get_next;
    out->get_last_error = memory::get_last_error;
    out->release = memory::release;
    out->private_data = new memory{std::move(source), {}};
    return out;
}

int errno_of(status kind) {
    switch (kind) {
        case status::query_timeout:
        case status::pool_timeout:
            return ETIMEDOUT;
        case status::query_cancelled:
            return ECANCELED;
        case status::resource_limit:
            return ENOMEM;
        default:
            return EIO;
    }
}

struct live_source {
    shared_schema schema;
    std::shared_ptr<stream> from;

    live_source(shared_schema s, std::shared_ptr<stream> f)
        : schema(std::move(s)), from(std::move(f)) {}
    live_source(live_source&&) noexcept = default;
    live_source& operator=(live_source&&) = delete;
    ~live_source() {
        if (from) from->abandon();
    }
    int next(ArrowArray* out, std::string& last_error) {
        result<unique_array> batch = wait();
        if (batch) {
            batch->move_to(out);
            return 0;
        }
        const error& e = batch.error();
        last_error = e.message;
        if (!e.hint.empty()) last_error += " (" + e.hint + ")";
        return errno_of(e.kind);
    }

private:
    result<unique_array> wait() {
        constexpr std::chrono::milliseconds nap(50);
        bool mine_to_ask = Py_IsInitialized() != 0 && PyGILState_Check() != 0;
        for (;;) {
            auto answer = without_gil([this] { return from->next_within(nap); });
            if (answer) return std::move(*answer);
            if (!mine_to_ask || PyErr_CheckSignals() == 0) continue;
            // Ctrl-C: the consumer cannot take an exception here. The query ends with an error,
            // and the signal is raised again for the first line of Python that follows.
            from->cancel();
            PyErr_Clear();
            PyErr_SetInterrupt();
            mine_to_ask = false;
        }
    }
};

struct memory_source {
    shared_schema schema;
    std::vector<shared_array> batches;
    std::size_t position = 0;

    int next(ArrowArray* out, std::string&) {
        if (position == batches.size()) {
            *out = ArrowArray{};
        } else {
            share(batches[position++]).move_to(out);
        }
        return 0;
    }
};

}  // namespace

py::capsule schema_capsule(unique_schema schema) {
    return make_capsule(std::move(schema), "arrow_schema");
}
py::capsule array_capsule(unique_array array) {
    return make_capsule(std::move(array), "arrow_array");
}
py::capsule stream_capsule(unique_stream stream) {
    return make_capsule(std::move(stream), "arrow_array_stream");
}

unique_stream export_stream(std::shared_ptr<stream> source) {
    shared_schema schema = source->schema();
    return make_stream(live_source(std::move(schema), std::move(source)));
}

unique_stream export_batches(shared_schema schema, std::vector<shared_array> batches) {
    return make_stream(memory_source{std::move(schema), std::move(batches)});
}

}  // namespace qry::python
