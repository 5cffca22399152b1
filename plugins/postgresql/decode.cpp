#include "decode.hpp"

#include <stdexcept>

namespace qry::postgresql {

bool decoder::refuse(std::string what, std::string hint) {
    problem_.what = std::move(what);
    problem_.hint = std::move(hint);
    return false;
}

bool decoder::malformed(std::string_view type, std::uint32_t size) {
    problem_.malformed = true;
    return refuse(
        "the server sent " + std::to_string(size) + " bytes that are not a binary " +
            std::string(type),
        "Check whether a proxy between here and the server changes the data."
    );
}

std::unique_ptr<decoder> make_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem, bool check_text
) {
    if (auto d = make_number_decoder(plan, column, problem)) return d;
    if (auto d = make_time_decoder(plan, column, problem)) return d;
    if (auto d = make_text_decoder(plan, column, problem, check_text)) return d;
    if (auto d = make_printed_decoder(plan, column, problem)) return d;
    if (auto d = make_nested_decoder(plan, column, problem, check_text)) return d;
    throw std::logic_error("a plan without a decoder");
}

}  // namespace qry::postgresql
