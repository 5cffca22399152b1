#include "host_fixture.hpp"

#include <cstdlib>

namespace qry::test {

temporary_folder::temporary_folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "qry-test-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

result<rows> read_all(query_result& from) {
    rows all;
    for (;;) {
        auto batch = wait<unique_array>([&](auto done) { from.next(std::move(done)); });
        if (!batch) return std::move(batch).error();
        if (!*batch) return all;
        auto view = arrow::array_view::make(*from.schema(), *batch->get());
        if (!view) return std::move(view).error();
        for (std::int64_t row = 0; row < view->length(); ++row) {
            auto& cells = all.emplace_back();
            for (std::size_t column = 0; column < view->child_count(); ++column) {
                cells.push_back(arrow::format_cell(view->child(column), view->child_row(row)));
            }
        }
    }
}

result<rows> run(datasource& on, query what) {
    auto opened = execute(on, std::move(what));
    if (!opened) return std::move(opened).error();
    return read_all(**opened);
}

}  // namespace qry::test
