#include "sheet.hpp"

#include <algorithm>
#include <system_error>

#include <qry/kit/text/utf8.hpp>

namespace sheets {

qry::result<sheet> sheet::open(const std::filesystem::path& file) {
    sheet out;
    out.file_ = file;
    out.in_.open(file, std::ios::binary);
    if (!out.in_ || !out.read_line(out.columns_)) {
        return qry::error{
            .kind = qry::status::query_error,
            .message = "there is no table \"" + file.stem().string() + "\"",
            .hint = "A table is a file NAME.csv whose first line names its columns.",
            .sqlstate = "42P01"};
    }
    return out;
}

bool sheet::read_line(std::vector<std::string>& cells) {
    constexpr int end = std::char_traits<char>::eof();
    std::streambuf& bytes = *in_.rdbuf();
    if (bytes.sgetc() == end) return false;
    ++line_;
    std::size_t count = 0;
    const auto next_cell = [&]() -> std::string& {
        if (count == cells.size()) cells.emplace_back();
        cells[count].clear();
        return cells[count++];
    };
    std::string* cell = &next_cell();
    bool quoted = false;
    for (int c = bytes.sbumpc(); c != end; c = bytes.sbumpc()) {
        if (c == '"') {
            // Two of them within quotes are one.
            if (quoted && bytes.sgetc() == '"')
                *cell += static_cast<char>(bytes.sbumpc());
            else
                quoted = !quoted;
        } else if (quoted || (c != ',' && c != '\n' && c != '\r')) {
            *cell += static_cast<char>(c);
        } else if (c == ',') {
            cell = &next_cell();
        } else if (c == '\n') {
            break;
        }
    }
    cells.resize(count);
    return true;
}

qry::result<bool> sheet::next(std::vector<std::string>& cells) {
    if (!read_line(cells)) return false;
    const bool text = std::ranges::all_of(cells, qry::text::is_valid_utf8);
    if (text && cells.size() == columns_.size()) return true;
    return qry::error{
        .kind = qry::status::query_error,
        .message = "line " + std::to_string(line_) + " of " + file_.filename().string() +
                   (text ? " has " + std::to_string(cells.size()) + " cells; expected " +
                               std::to_string(columns_.size())
                         : " is not UTF-8"),
        .hint = "Repair the file, or take it out of the folder."};
}

qry::result<std::vector<std::string>> list(const std::filesystem::path& folder) {
    std::error_code failed;
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
        if (entry.path().extension() == ".csv") out.push_back(entry.path().stem().string());
    }
    if (failed) {
        return qry::error{
            .kind = qry::status::connection_failed,
            .message = "cannot read the folder '" + folder.string() + "': " + failed.message(),
            .hint = "Give a folder that the host's user may read."};
    }
    std::ranges::sort(out);
    return out;
}

}  // namespace sheets
