#include <algorithm>
#include <vector>

#include "cli/columns.hpp"
#include "cli/result_writer.hpp"
#include "cli/terminal.hpp"

namespace qry::cli {

namespace {

// Widths are settled by the first rows, so that memory stays flat; a longer cell later on moves
// the rest of its line to the right.
constexpr std::int64_t sampled_rows = 1000;
constexpr std::size_t widest_column = 80;

class table_writer final : public result_writer {
public:
    table_writer(sink& to, colour how) : to_(to), plain_(how == colour::never), hues_(stdout) {}

    result<void> begin(const arrow::field& rows) override {
        for (const auto& f : rows.type.children()) {
            names_.push_back(printable(f.name));
            widths_.push_back(display_width(names_.back()));
            sides_.push_back(is_number(f.type) ? align::right : align::left);
        }
        return {};
    }

    result<void> batch(const arrow::array_view& rows) override {
        const std::int64_t count = rows.length();
        if (!headed_) {
            measure(rows, std::min(count, sampled_rows));
            if (auto r = head(); !r) return r;
        }
        for (std::int64_t row = 0; row < count; ++row) {
            line_.clear();
            for (std::size_t i = 0; i < names_.size(); ++i) {
                if (i != 0) line_ += "  ";
                add_cell(rows.child(i), rows.child_row(row), i);
            }
            line_ += '\n';
            if (auto r = to_.write(line_); !r) return r;
        }
        return {};
    }

    result<void> end() override { return headed_ ? result<void>() : head(); }

private:
    static bool is_text(const arrow::data_type& type) {
        return type.id() == arrow::type_id::utf8 || type.id() == arrow::type_id::large_utf8;
    }
    // A NULL is bare; the text NULL is quoted.
    void read(const arrow::array_view& column, std::int64_t row) {
        raw_.clear();
        if (column.is_null(row)) {
            cell_ = "NULL";
            return;
        }
        arrow::append_cell(raw_, column, row);
        cell_ = printable(raw_);
        if (is_text(column.type()) && cell_ == "NULL") cell_ = "\"NULL\"";
    }
    void measure(const arrow::array_view& rows, std::int64_t count) {
        for (std::size_t i = 0; i < names_.size(); ++i) {
            for (std::int64_t row = 0; row < count; ++row) {
                read(rows.child(i), rows.child_row(row));
                widths_[i] = std::max(widths_[i], std::min(display_width(cell_), widest_column));
            }
        }
    }
    void add_cell(const arrow::array_view& column, std::int64_t row, std::size_t i) {
        read(column, row);
        const bool last = i + 1 == names_.size() && sides_[i] == align::left;
        const std::size_t width = last ? 0 : widths_[i];
        if (plain_ || hues_.dim.empty() || !column.is_null(row)) {
            pad(line_, cell_, width, sides_[i]);
            return;
        }
        std::string padded;
        pad(padded, cell_, width, sides_[i]);
        line_.append(hues_.dim).append(padded).append(hues_.reset);
    }
    result<void> head() {
        headed_ = true;
        std::string names;
        std::string rule;
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (i != 0) {
                names += "  ";
                rule += "  ";
            }
            pad(names, names_[i], widths_[i], sides_[i]);
            rule.append(widths_[i], '-');
        }
        names.erase(names.find_last_not_of(' ') + 1);
        return to_.write(names + "\n" + rule + "\n");
    }

    sink& to_;
    const bool plain_;
    const colours hues_;
    bool headed_ = false;
    std::vector<std::string> names_;
    std::vector<std::size_t> widths_;
    std::vector<align> sides_;
    std::string raw_;
    std::string cell_;
    std::string line_;
};

}  // namespace

std::unique_ptr<result_writer> make_table_writer(sink& to, colour how) {
    return std::make_unique<table_writer>(to, how);
}

}  // namespace qry::cli
