#include "cli/worker.hpp"

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/exit_status.hpp"
#include "worker/process.hpp"

namespace qry::cli {

namespace {

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Neither of the standard ones, nor one twice.
bool fit(const worker::process_options& options) {
    std::vector<int> seen{0, 1, 2};
    const auto is_new = [&seen](int fd) {
        for (const int known : seen) {
            if (fd == known || fd < 0) return false;
        }
        seen.push_back(fd);
        return true;
    };
    if (options.lanes.empty() || !is_new(options.control)) return false;
    for (const int lane : options.lanes) {
        if (!is_new(lane)) return false;
    }
    return true;
}

bool read_lanes(std::string_view text, std::vector<int>& to) {
    for (;;) {
        const std::size_t comma = text.find(',');
        const auto lane = parse_number<int>(text.substr(0, comma));
        if (!lane) return false;
        to.push_back(*lane);
        if (comma == std::string_view::npos) return true;
        text.remove_prefix(comma + 1);
    }
}

bool read_option(std::string_view name, std::string_view value, worker::process_options& to) {
    if (name == "--lanes") return read_lanes(value, to.lanes);
    if (name == "--control") {
        const auto fd = parse_number<int>(value);
        if (fd) to.control = *fd;
        return fd.has_value();
    }
    const auto bound = parse_number<std::uint64_t>(value);
    if (!bound || *bound == 0) return false;
    if (name == "--data-bytes") return to.data_bytes = *bound, true;
    if (name == "--files") return to.files = *bound, true;
    if (name == "--processes") return to.processes = true, true;
    return false;
}

}  // namespace

bool is_worker(int argc, char** argv) noexcept {
    return argc > 1 && std::strcmp(argv[1], "worker") == 0;
}

int run_worker(int argc, char** argv) {
    if (argc == 3 && (std::strcmp(argv[2], "--help") == 0 || std::strcmp(argv[2], "-h") == 0)) {
        std::fputs(
            "One plugin in a process of its own; started by the host, never by hand.\n"
            "Usage: qry-host worker --control FD --lanes FD,FD,… [--data-bytes N] [--files N] "
            "[--processes 1]\n\n"
            "  --control FD       where the host gives orders\n"
            "  --lanes FD,FD,…    one for each loop of the host\n"
            "  --data-bytes N     memory at most (RLIMIT_DATA)\n"
            "  --files N          descriptors at most (RLIMIT_NOFILE)\n"
            "  --processes 1      the plugin may start processes\n\n"
            "Example of what starts one:\n"
            "  qry-host query shop 'select count(*) from orders'\n",
            stdout
        );
        return exit_done;
    }
    worker::process_options options;
    for (int i = 2; i + 1 < argc; i += 2) {
        if (!read_option(argv[i], argv[i + 1], options)) options.control = -1;
    }
    if (argc % 2 == 0 && fit(options)) worker::serve(options);
    std::fputs(
        "error: qry-host worker is started by the host, with\n"
        "  --control FD --lanes FD,FD,… [--data-bytes N] [--files N] [--processes 1]\n"
        "hint: to run a query, see: qry-host query --help\n",
        stderr
    );
    return exit_usage;
}

}  // namespace qry::cli
