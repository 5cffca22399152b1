#include "cli/result_writer.hpp"

#include "cli/exit_status.hpp"

namespace qry::cli {

result<std::unique_ptr<result_writer>> make_writer(std::string_view format, sink& to, colour how) {
    if (format == "table") return make_table_writer(to, how);
    if (format == "csv") return make_csv_writer(to);
    if (format == "json") return make_json_writer(to);
    if (format == "arrow") {
        if (to.is_terminal()) {
            return usage_error(
                "the format arrow is binary and would garble the terminal",
                "write it into a file with -o FILE, or send standard output to a pipe"
            );
        }
        return make_arrow_writer(to);
    }
    return usage_error(
        "the format '" + std::string(format) + "' does not exist",
        "use --format table, json, csv or arrow"
    );
}

bool is_number(const arrow::data_type& type) noexcept {
    using arrow::type_id;
    const type_id id = type.id();
    return id >= type_id::int8 && id <= type_id::decimal256;
}

}  // namespace qry::cli
