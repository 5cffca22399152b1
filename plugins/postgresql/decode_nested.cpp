// Arrays and composites: values inside values.
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>
#include <qry/kit/text/utf8.hpp>

#include "array_text.hpp"
#include "bytes.hpp"
#include "decode.hpp"

namespace qry::postgresql {

namespace {

constexpr std::string_view shape_hint =
    "Cast the column to text, or take it apart with unnest() or array_to_json().";

class array_decoder final : public decoder {
public:
    array_decoder(
        const value_plan& plan,
        arrow::column_builder& column,
        decode_problem& problem,
        bool check_text
    )
        : decoder(column, problem),
          out_(static_cast<arrow::list_builder&>(column)),
          item_type_(plan.child_types[0]),
          item_(make_decoder(plan.children[0], out_.items(), problem, check_text)) {}

    // Dimensions, has-nulls flag, item type, (length, lower bound) of each dimension, items.
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        byte_reader in({data, size});
        const auto dimensions = in.take<std::int32_t>();
        const auto flags = in.take<std::int32_t>();
        const auto item_type = in.take<oid>();
        if (!in.ok() || dimensions < 0 || (flags != 0 && flags != 1) || item_type != item_type_) {
            return malformed("array", size);
        }
        if (dimensions == 0) {
            if (!in.finished()) return malformed("array", size);
            out_.append();
            return true;
        }
        if (dimensions > 1) {
            return refuse(
                "an array of " + std::to_string(dimensions) + " dimensions does not fit " +
                    column_.type().name(),
                std::string(shape_hint)
            );
        }
        const auto length = in.take<std::int32_t>();
        const auto lower = in.take<std::int32_t>();
        if (!in.ok() || length < 0) return malformed("array", size);
        if (lower != 1) {
            return refuse(
                "an array that starts at index " + std::to_string(lower) +
                    " would lose its bounds in " + column_.type().name(),
                std::string(shape_hint)
            );
        }
        out_.append();
        for (std::int32_t i = 0; i < length; ++i) {
            const auto item_size = in.take<std::int32_t>();
            if (item_size == -1) {
                item_->append_null();
                continue;
            }
            if (item_size < 0) return malformed("array", size);
            const auto item = in.take_bytes(static_cast<std::size_t>(item_size));
            if (!in.ok()) return malformed("array", size);
            if (!item_->append(item.data(), static_cast<std::uint32_t>(item.size()))) return false;
        }
        return in.finished() || malformed("array", size);
    }

private:
    arrow::list_builder& out_;
    const oid item_type_;
    const std::unique_ptr<decoder> item_;
};

class text_array_decoder final : public decoder {
public:
    text_array_decoder(arrow::column_builder& column, decode_problem& problem, bool check_text)
        : decoder(column, problem),
          out_(static_cast<arrow::list_builder&>(column)),
          items_(out_.items<arrow::binary_builder>()),
          check_text_(check_text) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        const std::string_view text(reinterpret_cast<const char*>(data), size);
        if (check_text_ && !text::is_valid_utf8(text)) {
            return refuse("a text in an array is not UTF-8", "Cast the column to bytea[].");
        }
        array_text read = read_array_text(text);
        if (read.what == array_text::kind::nested) {
            return refuse(
                "an array of several dimensions, or with bounds, does not fit " +
                    column_.type().name(),
                std::string(shape_hint)
            );
        }
        if (read.what == array_text::kind::malformed) return malformed("array", size);
        out_.append();
        for (const auto& item : read.items) {
            if (item) {
                items_.append(*item);
            } else {
                items_.append_null();
            }
        }
        return true;
    }

private:
    arrow::list_builder& out_;
    arrow::binary_builder& items_;
    const bool check_text_;
};

class composite_decoder final : public decoder {
public:
    composite_decoder(
        const value_plan& plan,
        arrow::column_builder& column,
        decode_problem& problem,
        bool check_text
    )
        : decoder(column, problem),
          out_(static_cast<arrow::struct_builder&>(column)),
          types_(plan.child_types) {
        for (std::size_t i = 0; i < plan.children.size(); ++i) {
            fields_.push_back(make_decoder(plan.children[i], out_.child(i), problem, check_text));
        }
    }

    // Number of fields, then type, length and value of each.
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        byte_reader in({data, size});
        const auto count = in.take<std::int32_t>();
        if (!in.ok() || count < 0) return malformed("composite", size);
        if (static_cast<std::size_t>(count) != fields_.size()) return changed();
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            const auto type = in.take<oid>();
            const auto field_size = in.take<std::int32_t>();
            if (!in.ok()) return malformed("composite", size);
            if (type != types_[i]) return changed();
            if (field_size == -1) {
                fields_[i]->append_null();
                continue;
            }
            if (field_size < 0) return malformed("composite", size);
            const auto field = in.take_bytes(static_cast<std::size_t>(field_size));
            if (!in.ok()) return malformed("composite", size);
            if (!fields_[i]->append(field.data(), static_cast<std::uint32_t>(field.size()))) {
                return false;
            }
        }
        if (!in.finished()) return malformed("composite", size);
        out_.append();
        return true;
    }

private:
    bool changed() {
        problem_.malformed = true;
        return refuse(
            "the composite type was altered since this session first saw it",
            "Run it again: the session will be replaced."
        );
    }

    arrow::struct_builder& out_;
    const std::vector<oid> types_;
    std::vector<std::unique_ptr<decoder>> fields_;
};

}  // namespace

std::unique_ptr<decoder> make_nested_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem, bool check_text
) {
    switch (plan.form) {
        case value_form::array:
            return std::make_unique<array_decoder>(plan, column, problem, check_text);
        case value_form::text_array:
            return std::make_unique<text_array_decoder>(column, problem, check_text);
        case value_form::composite:
            return std::make_unique<composite_decoder>(plan, column, problem, check_text);
        default:
            return nullptr;
    }
}

}  // namespace qry::postgresql
