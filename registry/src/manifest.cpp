#include <qry/registry/manifest.hpp>

#include <qry/version.h>
#include <qry/kit/elf/note.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include "file.hpp"
#include "json_node.hpp"
#include "near.hpp"
#include "schema_reader.hpp"

namespace qry::registry {

namespace {

// A manifest is a page of text; more is a mistake or an attack.
constexpr std::size_t longest_manifest = 1U << 18U;

bool digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}

std::string read_name(const json_node& node) {
    std::string name = node.text();
    if (!elf::is_plugin_name(name))
        node.fail("is '" + name + "'; expected [a-z][a-z0-9_]* of at most 32 characters");
    return name;
}

// MAJOR.MINOR.PATCH, then perhaps -pre-release and +build. At most what the ELF note holds.
std::string read_version(const json_node& node) {
    std::string version = node.text();
    std::string_view rest = version;
    bool good = version.size() <= 32;
    for (int part = 0; part != 3 && good; ++part) {
        const std::size_t length = std::min(rest.find_first_not_of("0123456789"), rest.size());
        good = length != 0 && (part == 2 || (length < rest.size() && rest[length] == '.'));
        if (good) rest.remove_prefix(part == 2 ? length : length + 1);
    }
    good = good && (rest.empty() || ((rest.front() == '-' || rest.front() == '+') &&
                                     std::all_of(rest.begin(), rest.end(), [](char c) {
                                         return lower(c) || (c >= 'A' && c <= 'Z') || digit(c) ||
                                                c == '-' || c == '+' || c == '.';
                                     })));
    if (!good) node.fail("is '" + version + "'; expected a semantic version like 1.2.3");
    return version;
}

int read_abi_part(const json_node& abi, std::string_view key) {
    const json_node node = abi.member(key);
    const std::int64_t value = node.integer();
    // Both are 16 bits wide in the ELF note.
    if (value < 0 || value > 65535) node.fail("is out of range; expected 0 to 65535");
    return static_cast<int>(std::clamp<std::int64_t>(value, 0, 65535));
}

bool plain_digest(const std::string& text) {
    return text.empty() || (text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
                                return digit(c) || (c >= 'a' && c <= 'f');
                            }));
}

library_entry read_library(const json_node& node) {
    node.expect_object({"file", "sha256"});
    const json_node file = node.member("file");
    library_entry out{file.text(), node.text_or("sha256", "")};
    const std::filesystem::path path(out.file);
    const bool inside = !out.file.empty() && out.file.find('\0') == std::string::npos &&
                        path.is_relative() && path.has_filename() &&
                        std::find(path.begin(), path.end(), "..") == path.end();
    if (!inside) {
        file.fail("is '" + out.file + "'; expected a file below the manifest's folder");
    }
    if (!plain_digest(out.sha256)) {
        node.member("sha256").fail("is no SHA-256; expected 64 lower-case hexadecimal digits");
    }
    return out;
}

std::map<std::string, library_entry> read_libraries(const json_node& node) {
    std::map<std::string, library_entry> out;
    node.each_member([&](const std::string& platform, const json_node& entry) {
        const std::size_t dash = platform.find('-');
        if (dash == 0 || dash == std::string::npos || dash + 1 == platform.size()) {
            entry.fail("is no platform; expected OS-MACHINE, like linux-x86_64");
        }
        out.emplace(platform, read_library(entry));
    });
    if (out.empty()) node.fail("is empty; expected a library for at least one platform");
    return out;
}

std::string read_word(const json_node& node, const std::vector<std::string>& known) {
    std::string word = node.text();
    if (std::find(known.begin(), known.end(), word) == known.end()) {
        node.fail("is '" + word + "'; expected one of " + join(known), suggest(word, known));
    }
    return word;
}

std::vector<std::string> read_capabilities(const json_node& node, bool of_later_minor) {
    const std::vector<std::string> known = {
        "cancel", "bind", "introspect", "keys", "transaction", "write"};
    std::vector<std::string> out;
    node.each_element([&](const json_node& element) {
        out.push_back(of_later_minor ? element.text() : read_word(element, known));
    });
    return out;
}

// "{host}" must be a parameter: else the rule about hosts would silently allow nothing.
std::vector<std::string> read_hosts(const json_node& node, const parameter_schema& parameters) {
    std::vector<std::string> out;
    node.each_element([&](const json_node& element) {
        std::string host = element.text();
        const std::size_t open = host.find('{');
        const std::size_t close = host.find('}', open == std::string::npos ? 0 : open);
        if (host.empty() || (open == std::string::npos) != (close == std::string::npos)) {
            element.fail("is '" + host + "'; expected a host, or a parameter like {host}");
        } else if (open != std::string::npos) {
            const std::string name = host.substr(open + 1, close - open - 1);
            if (registry::find(parameters, name) == nullptr) {
                element.fail("speaks of {" + name + "}, which is no parameter");
            }
        }
        out.push_back(std::move(host));
    });
    return out;
}

void read_identity(const json_node& root, manifest& out) {
    out.name = read_name(root.member("name"));
    out.title = root.text_or("title", out.name);
    out.description = root.text_or("description", "");
    out.version = read_version(root.member("version"));
    out.publisher = root.text_or("publisher", "");
    out.license = root.text_or("license", "");
    if (const auto aliases = root.find("aliases")) {
        aliases->each_element([&](const json_node& alias) {
            out.aliases.push_back(read_name(alias));
        });
    }
}

void read_document(const json_node& root, json_findings& findings, manifest& out) {
    // First: it decides how strictly the rest is read.
    const json_node abi = root.member("abi");
    abi.expect_object({"major", "minor"});
    out.abi_major = read_abi_part(abi, "major");
    out.abi_minor = read_abi_part(abi, "minor");
    const bool other_major = out.abi_major != QRY_ABI_MAJOR;
    findings.allow_unknown_keys = other_major || out.abi_minor > QRY_ABI_MINOR;
    read_identity(root, out);
    // Another major may have laid out the rest anew; who it is suffices to refuse it.
    if (other_major) return;
    root.expect_object(
        {"$schema",
         "name",
         "aliases",
         "title",
         "description",
         "version",
         "publisher",
         "license",
         "abi",
         "model",
         "dialect",
         "capabilities",
         "hosts",
         "libraries",
         "parameters"}
    );
    out.libraries = read_libraries(root.member("libraries"));
    out.model = read_word(root.member("model"), {"blocking", "async"});
    out.dialect = root.text_or("dialect", out.name);
    if (const auto capabilities = root.find("capabilities")) {
        out.capabilities = read_capabilities(*capabilities, findings.allow_unknown_keys);
    }
    if (const auto parameters = root.find("parameters")) out.parameters = read_schema(*parameters);
    if (const auto hosts = root.find("hosts")) out.hosts = read_hosts(*hosts, out.parameters);
}

}  // namespace

result<manifest> parse_manifest(std::string_view json, const std::string& file) {
    manifest out;
    auto ok = read_json(json, file, [&](const json_node& root, json_findings& findings) {
        read_document(root, findings, out);
    });
    if (!ok) return std::move(ok).error();
    return out;
}

result<manifest> read_manifest(const std::filesystem::path& file) {
    auto text = read_text(file, longest_manifest);
    if (!text) return std::move(text).error();
    return parse_manifest(*text, file.string());
}

std::string_view this_platform() noexcept {
#if defined(__linux__) && defined(__x86_64__)
    return "linux-x86_64";
#elif defined(__linux__) && defined(__aarch64__)
    return "linux-aarch64";
#else
#error "name this platform as manifests do: OS-MACHINE"
#endif
}

}  // namespace qry::registry
