// Where rows go: standard output, or a file that appears only once it is complete. A symbolic link
// is followed and the mode of a file that is replaced is kept; what is no file (a device, a FIFO)
// is written as the rows come.
#pragma once

#include <string>
#include <string_view>

#include <qry/result.hpp>

namespace qry::cli {

// Not thread-safe.
class sink {
public:
    // path: empty = standard output.
    [[nodiscard]] static result<sink> open(const std::string& path);
    sink(sink&& other) noexcept;
    sink& operator=(sink&&) = delete;
    // An uncommitted file is removed.
    ~sink();

    [[nodiscard]] bool is_terminal() const noexcept;
    // Buffered, but for what is larger than the buffer. An error of an earlier write shows in one
    // of the next, or in commit.
    [[nodiscard]] result<void> write(std::string_view text);
    [[nodiscard]] result<void> flush();
    // Puts the file in its place, replacing one that was there.
    [[nodiscard]] result<void> commit();
    // The reader of standard output, or of a FIFO, has gone: nothing more is wanted, which is no
    // failure.
    [[nodiscard]] bool reader_gone() const noexcept { return reader_gone_; }

private:
    sink() = default;
    [[nodiscard]] static result<sink> open_in_place(sink out);
    [[nodiscard]] result<void> write_through(std::string_view bytes);

    int fd_ = -1;
    std::string path_;
    std::string temporary_;
    // fd_ is neither standard output nor the temporary file.
    bool owned_ = false;
    std::string buffer_;
    bool reader_gone_ = false;
};

}  // namespace qry::cli
