// Lists, structs and maps: children are appended through their own builders.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <qry/kit/arrow/column_builder.hpp>

namespace qry::arrow {

// Offset is int32 for list, int64 for large_list. append() opens a row; what is appended to items()
// from then on belongs to it, until the next row.
template <class Offset>
class basic_list_builder final : public column_builder {
public:
    basic_list_builder(data_type type, memory from);

    void append();
    template <class Builder>
    [[nodiscard]] Builder& items() noexcept {
        assert(dynamic_cast<Builder*>(items_.get()) != nullptr);
        return static_cast<Builder&>(*items_);
    }
    [[nodiscard]] column_builder& items() noexcept { return *items_; }
    [[nodiscard]] std::vector<column_builder*> children() const override { return {items_.get()}; }
    void append_null() override;
    void reserve(std::int64_t rows) override;
    unique_array finish() override;
    void clear() noexcept override;

private:
    buffer offsets_;
    std::unique_ptr<column_builder> items_;
    std::int64_t capacity_ = 0;
};

using list_builder = basic_list_builder<std::int32_t>;
using large_list_builder = basic_list_builder<std::int64_t>;
extern template class basic_list_builder<std::int32_t>;
extern template class basic_list_builder<std::int64_t>;

// One value (or null) to each field, then append(). finish() throws std::logic_error when the
// fields have not all as many rows as the struct.
class struct_builder final : public column_builder {
public:
    struct_builder(data_type type, memory from);

    void append() noexcept { ++length_; }
    template <class Builder>
    [[nodiscard]] Builder& child(std::size_t index) noexcept {
        assert(dynamic_cast<Builder*>(fields_[index].get()) != nullptr);
        return static_cast<Builder&>(*fields_[index]);
    }
    [[nodiscard]] column_builder& child(std::size_t index) noexcept { return *fields_[index]; }
    [[nodiscard]] std::vector<column_builder*> children() const override;
    // Null in every field too.
    void append_null() override;
    void reserve(std::int64_t rows) override;
    unique_array finish() override;
    void clear() noexcept override;

private:
    std::vector<std::unique_ptr<column_builder>> fields_;
};

// As a list of (key, value): append() opens a row, then one key and one item for each entry. A key
// may not be null.
class map_builder final : public column_builder {
public:
    map_builder(data_type type, memory from);

    void append();
    [[nodiscard]] column_builder& keys() noexcept { return *keys_; }
    [[nodiscard]] column_builder& items() noexcept { return *items_; }
    [[nodiscard]] std::vector<column_builder*> children() const override {
        return {keys_.get(), items_.get()};
    }
    void append_null() override;
    void reserve(std::int64_t rows) override;
    unique_array finish() override;
    void clear() noexcept override;

private:
    buffer offsets_;
    std::unique_ptr<column_builder> keys_;
    std::unique_ptr<column_builder> items_;
    std::int64_t capacity_ = 0;
};

}  // namespace qry::arrow
