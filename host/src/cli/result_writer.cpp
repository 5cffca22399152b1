#include "cli/result_writer.hpp"

#include "cli/exit_status.hpp"

namespace qry::cli {

result<std::unique_ptr<result_writer>> make_writer(std::string_view format, sink& to, colour how) {
    if (format == "table") return make_table_writer(to, how);
    if (format == "csv") return make_csv_writer(to);
    if (format == "json") return make_json_writer(to);
    if (format == "arrow") {
        error e{.kind = status::unsupported};
        e.message = "this version of qry-host does not write Arrow files";
        e.hint = "use --format json or csv, or read the result as Arrow from Python (qry_host)";
        e.from = origin::host;
        return e;
    }
    return usage_error(
        "the format '" + std::string(format) + "' does not exist", "use --format table, json or csv"
    );
}

bool is_number(const arrow::data_type& type) noexcept {
    using arrow::type_id;
    const type_id id = type.id();
    return id >= type_id::int8 && id <= type_id::decimal256;
}

}  // namespace qry::cli
