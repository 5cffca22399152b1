// What talks to the database: here, a file of comma-separated values (RFC 4180).
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <qry/result.hpp>

namespace sheets {

class sheet {
public:
    // Reads the first line, which names the columns.
    [[nodiscard]] static qry::result<sheet> open(const std::filesystem::path& file);

    [[nodiscard]] const std::vector<std::string>& columns() const noexcept { return columns_; }
    // One row, with a cell for each column; false at the end.
    [[nodiscard]] qry::result<bool> next(std::vector<std::string>& cells);

private:
    // False at the end of the file.
    bool read_line(std::vector<std::string>& cells);

    std::filesystem::path file_;
    std::ifstream in_;
    std::int64_t line_ = 0;
    std::vector<std::string> columns_;
};

// The names of the files in a folder, without .csv, in order.
[[nodiscard]] qry::result<std::vector<std::string>> list(const std::filesystem::path& folder);

}  // namespace sheets
