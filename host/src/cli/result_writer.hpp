// The rows of a query in one of the formats that the command offers.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <qry/arrow.h>
#include <qry/kit/arrow/array_view.hpp>
#include <qry/result.hpp>

#include "cli/sink.hpp"

namespace qry::cli {

// Batches as they come; none is kept.
class result_writer {
public:
    virtual ~result_writer() = default;
    // Once, first; a struct.
    [[nodiscard]] virtual result<void> begin(const arrow::field& rows) = 0;
    [[nodiscard]] virtual result<void> batch(const arrow::array_view& rows) = 0;
    // Once, last; the sink is committed by the caller.
    [[nodiscard]] virtual result<void> end() = 0;
};

enum class colour { never, on_terminal };

// format: "table", "csv", "json", "arrow". Anything else, and arrow on a terminal: an error that
// says what there is.
[[nodiscard]] result<std::unique_ptr<result_writer>> make_writer(
    std::string_view format, sink& to, colour how
);

[[nodiscard]] std::unique_ptr<result_writer> make_table_writer(sink& to, colour how);
[[nodiscard]] std::unique_ptr<result_writer> make_csv_writer(sink& to);
[[nodiscard]] std::unique_ptr<result_writer> make_json_writer(sink& to);
[[nodiscard]] std::unique_ptr<result_writer> make_arrow_writer(sink& to);

// Whether people expect these values aligned to the right.
[[nodiscard]] bool is_number(const arrow::data_type& type) noexcept;

}  // namespace qry::cli
