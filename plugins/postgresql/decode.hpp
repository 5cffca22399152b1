// Values of the server into the columns of a batch: one decoder a column, made once per result.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <qry/kit/arrow/column_builder.hpp>

#include "plan.hpp"

namespace qry::postgresql {

// Why a value could not be taken; filled in by the decoder that returned false.
struct decode_problem {
    // "the value NaN does not fit decimal128(12, 2)"
    std::string what;
    std::string hint;
    // The server sent what the type, as this session knows it, cannot be: the session must go.
    bool malformed = false;
};

class decoder {
public:
    decoder(arrow::column_builder& column, decode_problem& problem) noexcept
        : column_(column), problem_(problem) {}
    decoder(const decoder&) = delete;
    decoder& operator=(const decoder&) = delete;
    virtual ~decoder() = default;

    // One value that is not NULL. False when it cannot be taken: problem says why, and the column
    // may then hold part of it.
    [[nodiscard]] virtual bool append(const std::uint8_t* data, std::uint32_t size) = 0;
    void append_null() { column_.append_null(); }

protected:
    // Both return false.
    bool refuse(std::string what, std::string hint);
    bool malformed(std::string_view type, std::uint32_t size);

    arrow::column_builder& column_;
    decode_problem& problem_;
};

// `column` is the builder that make_builder gives for the plan's type; both must outlive the
// decoder. check_text: the server does not guarantee that texts are UTF-8.
[[nodiscard]] std::unique_ptr<decoder> make_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem, bool check_text
);

// The parts of make_decoder; empty when the form is not theirs.
[[nodiscard]] std::unique_ptr<decoder> make_number_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem
);
[[nodiscard]] std::unique_ptr<decoder> make_time_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem
);
[[nodiscard]] std::unique_ptr<decoder> make_text_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem, bool check_text
);
[[nodiscard]] std::unique_ptr<decoder> make_printed_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem
);
[[nodiscard]] std::unique_ptr<decoder> make_nested_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem, bool check_text
);

}  // namespace qry::postgresql
