#include <exception>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "child.hpp"

namespace qry::conformance {
namespace {

using nlohmann::json;

// One JSON object a line: {"doing": …} any number of times, {"verdict": …} at the end.
void write_line(int fd, const json& what) {
    // Texts of a server may be anything; the report must not fail for it.
    const std::string line = what.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    std::size_t done = 0;
    while (done < line.size()) {
        const auto n = ::write(fd, line.data() + done, line.size() - done);
        if (n <= 0) return;
        done += static_cast<std::size_t>(n);
    }
}

const char* missing_capability(const test_case& test, bench& b) {
    static constexpr std::pair<std::uint64_t, const char*> names[] = {
        {QRY_CAN_CANCEL, "QRY_CAN_CANCEL"},
        {QRY_CAN_BIND, "QRY_CAN_BIND"},
        {QRY_CAN_INTROSPECT, "QRY_CAN_INTROSPECT"},
    };
    for (const auto& [bit, name] : names) {
        if ((test.needs & bit) != 0 && !b.plugin().can(bit)) return name;
    }
    return nullptr;
}

verdict judge(const test_case& test, bench& b) {
    verdict out;
    try {
        if (const char* missing = missing_capability(test, b)) {
            throw not_applicable{std::string("the plugin does not declare ") + missing};
        }
        test.run(b);
        b.settle();
    } catch (const broken_rule& e) {
        out.end = e.end;
        out.sent = e.sent;
        out.got = e.got;
        out.cause = e.cause;
    } catch (const not_applicable& e) {
        out.end = ending::skipped;
        out.got = e.why;
    } catch (const std::exception& e) {
        out.end = ending::failed;
        out.sent = "the test itself";
        out.got = e.what();
    }
    out.warnings = b.warnings();
    return out;
}

}  // namespace

int run_here(
    const test_case& test, const std::string& plugin, const std::string& params_file, int report_fd
) {
    bench b(plugin, params_file, [report_fd](const std::string& doing) {
        write_line(report_fd, {{"doing", doing}});
    });
    const verdict v = judge(test, b);
    write_line(report_fd, {{"verdict", to_json(v)}});
    // After a failure threads of the plugin may be anywhere: no destructor may meet them.
    if (is_bad(v.end)) ::_exit(0);
    return 0;
}

}  // namespace qry::conformance
