#include <qry/kit/arrow_ipc/stream_writer.hpp>

#include "cli/result_writer.hpp"

namespace qry::cli {

namespace {

// An Arrow IPC stream: types, nulls and metadata as the driver gave them.
class arrow_writer final : public result_writer {
public:
    explicit arrow_writer(sink& to)
        : stream_([&to](std::span<const std::byte> bytes) {
              return to.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
          }) {}

    result<void> begin(const arrow::field& rows) override { return stream_.begin(rows); }
    result<void> batch(const arrow::array_view& rows) override {
        return stream_.write(rows.array());
    }
    result<void> end() override { return stream_.end(); }

private:
    arrow_ipc::stream_writer stream_;
};

}  // namespace

std::unique_ptr<result_writer> make_arrow_writer(sink& to) {
    return std::make_unique<arrow_writer>(to);
}

}  // namespace qry::cli
