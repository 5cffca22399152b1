// Lists, structs, maps and dictionaries: made of the decoders of what they hold.
#include <utility>
#include <vector>

#include "decoder.hpp"

namespace qry::python {

namespace {

using arrow::array_view;
using arrow::type_id;

class list_decoder final : public decoder {
public:
    explicit list_decoder(decoder_ptr item) : item_(std::move(item)) {}
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        const auto [from, to] = cells.range(row);
        PyObject* list = PyList_New(to - from);
        for (std::int64_t i = from; list != nullptr && i < to; ++i) {
            PyObject* item = get_or_none(*item_, cells.child(0), i);
            if (item == nullptr) {
                Py_CLEAR(list);
            } else {
                PyList_SET_ITEM(list, i - from, item);
            }
        }
        return list;
    }
    [[nodiscard]] bool atomic() const noexcept override { return false; }

private:
    decoder_ptr item_;
};

// As (key, value) pairs: a map may repeat a key, and a key need not be hashable in Python.
class map_decoder final : public decoder {
public:
    map_decoder(decoder_ptr key, decoder_ptr value)
        : key_(std::move(key)), value_(std::move(value)) {}
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        const auto [from, to] = cells.range(row);
        PyObject* list = PyList_New(to - from);
        for (std::int64_t i = from; list != nullptr && i < to; ++i) {
            PyObject* key = get_or_none(*key_, cells.child(0), i);
            PyObject* value = key == nullptr ? nullptr : get_or_none(*value_, cells.child(1), i);
            PyObject* pair = value == nullptr ? nullptr : PyTuple_Pack(2, key, value);
            Py_XDECREF(key);
            Py_XDECREF(value);
            if (pair == nullptr) {
                Py_CLEAR(list);
            } else {
                PyList_SET_ITEM(list, i - from, pair);
            }
        }
        return list;
    }
    [[nodiscard]] bool atomic() const noexcept override { return false; }

private:
    decoder_ptr key_;
    decoder_ptr value_;
};

class struct_decoder final : public decoder {
public:
    struct_decoder(std::vector<std::string> names, std::vector<decoder_ptr> fields)
        : names_(std::move(names)), fields_(std::move(fields)) {}
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        PyObject* dict = PyDict_New();
        for (std::size_t i = 0; dict != nullptr && i < fields_.size(); ++i) {
            PyObject* value = get_or_none(*fields_[i], cells.child(i), cells.child_row(row));
            if (value == nullptr || PyDict_SetItemString(dict, names_[i].c_str(), value) != 0)
                Py_CLEAR(dict);
            Py_XDECREF(value);
        }
        return dict;
    }
    [[nodiscard]] bool atomic() const noexcept override { return false; }

private:
    std::vector<std::string> names_;
    std::vector<decoder_ptr> fields_;
};

class dictionary_decoder final : public decoder {
public:
    explicit dictionary_decoder(decoder_ptr value) : value_(std::move(value)) {}
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        return get_or_none(*value_, cells.child(0), cells.index(row));
    }
    [[nodiscard]] bool atomic() const noexcept override { return value_->atomic(); }

private:
    decoder_ptr value_;
};

}  // namespace

decoder_ptr make_nested_decoder(const arrow::field& which, const std::string& column) {
    const auto parts = which.type.children();
    switch (which.type.id()) {
        case type_id::structure: {
            std::vector<std::string> names;
            std::vector<decoder_ptr> fields;
            for (const arrow::field& f : parts) {
                names.push_back(f.name);
                fields.push_back(make_decoder(f, column + "." + f.name));
            }
            return std::make_unique<struct_decoder>(std::move(names), std::move(fields));
        }
        case type_id::map:
            return std::make_unique<map_decoder>(
                make_decoder(parts[0], column), make_decoder(parts[1], column)
            );
        case type_id::dictionary: {
            // What the driver said of the field holds for the values it stands for.
            arrow::field value = parts[1];
            if (value.metadata.empty()) value.metadata = which.metadata;
            return std::make_unique<dictionary_decoder>(make_decoder(value, column));
        }
        default:
            break;
    }
    arrow::field item = parts[0];
    if (item.metadata.empty()) item.metadata = which.metadata;
    return std::make_unique<list_decoder>(make_decoder(item, column));
}

}  // namespace qry::python
