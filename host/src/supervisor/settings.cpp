#include "supervisor/settings.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include <dlfcn.h>
#include <unistd.h>

#include <qry/kit/net/egress.hpp>

namespace qry::supervisor {

namespace {

constexpr const char* passed_on[] = {
    // What every program may count on
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LC_NUMERIC",
    "LC_COLLATE",
    "LC_TIME",
    "TZ",
    "LD_LIBRARY_PATH",
    // Where client libraries look
    "KRB5CCNAME",
    "KRB5_CONFIG",
    "KRB5_KTNAME",
    "KRB5_CLIENT_KTNAME",
    "ORACLE_HOME",
    "TNS_ADMIN",
    "NLS_LANG",
    "ODBCINI",
    "ODBCINSTINI",
    "ODBCSYSINI",
    "FREETDSCONF",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "OPENSSL_CONF",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
    "RES_OPTIONS",
    "LOCALDOMAIN",
    "HOSTALIASES",
    // Where drivers may connect to
    "QRY_EGRESS_ALLOW",
    // For builds with sanitizers
    "ASAN_OPTIONS",
    "LSAN_OPTIONS",
    "UBSAN_OPTIONS",
    "TSAN_OPTIONS",
    "ASAN_SYMBOLIZER_PATH"};

error bad_value(const char* name, std::string_view value, const char* expected) {
    return {
        .kind = status::invalid_parameter,
        .message = "the environment variable " + std::string(name) + " is '" + std::string(value) +
                   "'; expected " + expected,
        .hint = "change it, or unset it for the default",
        .from = origin::host,
        .parameter = name};
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::string_view& rest) {
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end == text.data()) return std::nullopt;
    rest = text.substr(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
    std::string_view unit;
    const auto number = parse_number(text, unit);
    if (!number || *number == 0) return std::nullopt;
    int shift = 0;
    if (unit == "KiB")
        shift = 10;
    else if (unit == "MiB")
        shift = 20;
    else if (unit == "GiB")
        shift = 30;
    else if (!unit.empty())
        return std::nullopt;
    if (*number > (UINT64_MAX >> 1) >> shift) return std::nullopt;
    return *number << shift;
}

result<void> read_bytes(const lookup& environment, const char* name, std::uint64_t& to) {
    const char* text = environment(name);
    if (text == nullptr || *text == '\0') return {};
    const auto value = parse_bytes(text);
    if (!value) return bad_value(name, text, "a number of bytes, or such as 512MiB or 2GiB");
    to = *value;
    return {};
}

result<void> read_count(const lookup& environment, const char* name, std::uint64_t& to) {
    const char* text = environment(name);
    if (text == nullptr || *text == '\0') return {};
    std::string_view rest;
    const auto value = parse_number(text, rest);
    if (!value || *value == 0 || !rest.empty()) return bad_value(name, text, "a positive number");
    to = *value;
    return {};
}

result<void> read_choice(const lookup& environment, const char* name, bool& allowed) {
    const char* text = environment(name);
    const std::string_view choice = text == nullptr ? "" : text;
    if (choice.empty()) return {};
    if (choice != "allow" && choice != "refuse") {
        return bad_value(name, text, "'allow' or 'refuse'");
    }
    allowed = choice == "allow";
    return {};
}

std::uint64_t half_of_memory() {
    const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
    return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 2;
}

std::filesystem::path own_library() {
    Dl_info about{};
    if (dladdr(reinterpret_cast<const void*>(&own_library), &about) == 0) return {};
    if (about.dli_fname == nullptr) return {};
    std::error_code ignored;
    return std::filesystem::weakly_canonical(about.dli_fname, ignored);
}

}  // namespace

result<settings> read_settings(const lookup& environment) {
    settings out;
    if (const char* program = environment("QRY_HOST_PROGRAM")) out.program = program;
    auto read = read_bytes(environment, "QRY_WORKER_MEMORY", out.memory_bytes);
    if (read) read = read_bytes(environment, "QRY_WORKER_ARENA", out.arena_bytes);
    out.batch_budget = half_of_memory();
    if (read) read = read_bytes(environment, "QRY_BATCH_BUDGET", out.batch_budget);
    if (read) read = read_count(environment, "QRY_WORKER_THREADS", out.threads);
    if (read) read = read_count(environment, "QRY_WORKER_DESCRIPTORS", out.descriptors);
    if (read) read = read_choice(environment, "QRY_WORKER_PROCESSES", out.processes);
    if (!read) return std::move(read).error();
    // Workers read it by themselves; here it is only refused when it makes no sense.
    const char* egress = environment("QRY_EGRESS_ALLOW");
    if (auto made = net::egress_policy::parse(egress ? egress : "", "QRY_EGRESS_ALLOW"); !made) {
        return std::move(made).error();
    }
    const char* trusted = environment("QRY_TRUSTED_PLUGINS");
    std::string_view names = trusted != nullptr ? trusted : "";
    while (!names.empty()) {
        const std::size_t comma = names.find(',');
        const std::string_view one = names.substr(0, comma);
        if (!one.empty()) out.trusted.emplace(one);
        names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
    }
    return out;
}

result<std::filesystem::path> find_program(const std::filesystem::path& wanted) {
    std::vector<std::filesystem::path> candidates;
    if (!wanted.empty()) {
        candidates.push_back(wanted);
    } else {
        const auto library = own_library();
        if (!library.empty()) {
            candidates.push_back(library.parent_path().parent_path() / "bin" / "qry-host");
            // A library folder with one more level: lib/x86_64-linux-gnu.
            candidates.push_back(
                library.parent_path().parent_path().parent_path() / "bin" / "qry-host"
            );
        }
    }
    std::string tried;
    for (const auto& one : candidates) {
        if (access(one.c_str(), X_OK) == 0) return one;
        tried += (tried.empty() ? "'" : ", '") + one.string() + "'";
    }
    return error{
        .kind = status::not_found,
        .message = "the command that runs plugins in processes of their own is not there; tried " +
                   (tried.empty() ? std::string("nothing") : tried),
        .hint =
            "install qry-host beside libqryhost, set QRY_HOST_PROGRAM to its path, or open the "
            "host with isolation 'inline'",
        .from = origin::host};
}

std::vector<std::string> worker_environment(const lookup& environment) {
    std::vector<std::string> out;
    for (const char* name : passed_on) {
        const char* value = environment(name);
        if (value != nullptr) out.push_back(std::string(name) + "=" + value);
    }
    return out;
}

}  // namespace qry::supervisor
