#include "cli/result_writer.hpp"

namespace qry::cli {

namespace {

// RFC 4180 with a header. NULL is nothing between the commas; the empty text is "".
class csv_writer final : public result_writer {
public:
    explicit csv_writer(sink& to) : to_(to) {}

    result<void> begin(const arrow::field& rows) override {
        line_.clear();
        for (const auto& f : rows.type.children()) {
            if (!line_.empty() || columns_ != 0) line_ += ',';
            add(f.name);
            ++columns_;
        }
        line_ += '\n';
        return to_.write(line_);
    }

    result<void> batch(const arrow::array_view& rows) override {
        for (std::int64_t row = 0; row < rows.length(); ++row) {
            line_.clear();
            for (std::size_t i = 0; i < columns_; ++i) {
                if (i != 0) line_ += ',';
                const auto& column = rows.child(i);
                const std::int64_t at = rows.child_row(row);
                if (column.is_null(at)) continue;
                cell_.clear();
                arrow::append_cell(cell_, column, at);
                add(cell_);
            }
            line_ += '\n';
            if (auto r = to_.write(line_); !r) return r;
        }
        return {};
    }

    result<void> end() override { return {}; }

private:
    void add(std::string_view text) {
        if (!text.empty() && text.find_first_of(",\"\r\n") == text.npos) {
            line_ += text;
            return;
        }
        line_ += '"';
        for (const char c : text) {
            if (c == '"') line_ += '"';
            line_ += c;
        }
        line_ += '"';
    }

    sink& to_;
    std::size_t columns_ = 0;
    std::string line_;
    std::string cell_;
};

}  // namespace

std::unique_ptr<result_writer> make_csv_writer(sink& to) {
    return std::make_unique<csv_writer>(to);
}

}  // namespace qry::cli
