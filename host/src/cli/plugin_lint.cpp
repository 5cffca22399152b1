#include "cli/plugin_lint.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <qry/kit/elf/note.hpp>
#include <qry/registry/catalog.hpp>
#include <qry/registry/unique_fd.hpp>

#include <fcntl.h>

namespace qry::cli {

namespace {

using weight = finding::weight;
using registry::parameter;
using registry::plugin;

// Debian 12's, the oldest system that the host runs on.
constexpr std::pair<int, int> oldest_glibc{2, 36};

std::string joined(const std::vector<std::string>& items) {
    constexpr std::size_t most = 8;
    std::string out;
    for (std::size_t i = 0; i < std::min(items.size(), most); ++i)
        out += (i == 0 ? "" : ", ") + items[i];
    if (items.size() > most) out += " and " + std::to_string(items.size() - most) + " more";
    return out;
}

finding check_symbols(const elf::image& library) {
    std::vector<std::string> more = library.exports;
    std::erase(more, "qry_plugin_entry");
    if (more.empty()) return {"symbols", weight::ok, "qry_plugin_entry alone"};
    return {
        "symbols",
        weight::error,
        "it exports " + joined(more) +
            " besides qry_plugin_entry; link it by qry_add_plugin(), or with a version script"};
}

finding check_libraries(const elf::image& library) {
    const auto begins = [&](std::string_view start) {
        return std::ranges::any_of(library.needed, [&](const std::string& name) {
            return name.starts_with(start);
        });
    };
    if (begins("libqryhost") || begins("/")) {
        return {
            "libraries",
            weight::error,
            "it needs " + joined(library.needed) + "; a plugin needs neither the host nor a path"};
    }
    if (begins("libasan") || begins("libtsan") || begins("libubsan")) {
        return {
            "libraries",
            weight::warning,
            "it needs " + joined(library.needed) + "; give away a build without sanitizers"};
    }
    return {"libraries", weight::ok, joined(library.needed)};
}

finding check_run_path(const elf::image& library) {
    if (library.run_path.empty()) return {"rpath", weight::ok, "none"};
    std::string_view rest = library.run_path;
    for (bool last = false; !last;) {
        const std::size_t colon = rest.find(':');
        last = colon == std::string_view::npos;
        if (!rest.substr(0, colon).starts_with("$ORIGIN")) {
            return {
                "rpath",
                weight::error,
                "it looks for libraries in '" + library.run_path +
                    "', which is of the machine that built it; leave it out or begin with $ORIGIN"};
        }
        if (!last) rest.remove_prefix(colon + 1);
    }
    return {"rpath", weight::ok, library.run_path};
}

finding check_stack(const elf::image& library) {
    if (!library.executable_stack) return {"stack", weight::ok, "not executable"};
    return {
        "stack",
        weight::error,
        "it asks for an executable stack, which hardened systems refuse; link with -z noexecstack"};
}

std::optional<std::pair<int, int>> glibc_version(std::string_view name) {
    constexpr std::string_view start = "GLIBC_";
    if (!name.starts_with(start)) return std::nullopt;
    name.remove_prefix(start.size());
    std::pair<int, int> out{};
    const char* const end = name.data() + name.size();
    auto [dot, failed] = std::from_chars(name.data(), end, out.first);
    if (failed != std::errc() || dot == end || *dot != '.') return std::nullopt;
    if (std::from_chars(dot + 1, end, out.second).ec != std::errc()) return std::nullopt;
    return out;
}

finding check_glibc(const elf::image& library) {
    std::pair<int, int> newest{};
    for (const std::string& version : library.versions) {
        if (const auto one = glibc_version(version)) newest = std::max(newest, *one);
    }
    const std::string text =
        "glibc " + std::to_string(newest.first) + "." + std::to_string(newest.second);
    if (newest <= oldest_glibc) return {"glibc", weight::ok, text + " or later"};
    return {
        "glibc",
        weight::warning,
        "it needs " + text + "; build it on Debian 12 for it to load there"};
}

bool sounds_secret(std::string name) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    });
    // Where a token comes from, or how long it lives, is none.
    for (const char* about : {"url", "uri", "file", "path", "lifetime", "type", "expiry"}) {
        if (name.find(about) != std::string::npos) return false;
    }
    for (const char* word :
         {"password",
          "passphrase",
          "secret",
          "token",
          "apikey",
          "api_key",
          "privatekey",
          "private_key",
          "credential"}) {
        if (name.find(word) != std::string::npos) return true;
    }
    return false;
}

finding check_secrets(const plugin& of) {
    const auto& schema = of.about.parameters;
    std::vector<std::string> open;
    std::size_t secrets = 0;
    const auto look = [&](const std::vector<parameter>& parameters) {
        for (const parameter& p : parameters) {
            const bool text = p.type == registry::parameter_type::string && p.enumeration.empty();
            if (p.secret) {
                ++secrets;
            } else if (text && !p.file && sounds_secret(p.name)) {
                open.push_back("'" + p.name + "'");
            }
        }
    };
    look(schema.parameters);
    for (const auto& variant : schema.variants)
        look(variant.parameters);
    if (open.empty()) return {"secrets", weight::ok, std::to_string(secrets) + " parameters"};
    return {
        "secrets",
        weight::warning,
        "stored and shown as plain text: " + joined(open) + "; say \"secret\": true"};
}

finding check_hosts(const plugin& of, const elf::image& library) {
    if (!of.about.hosts.empty()) return {"hosts", weight::ok, joined(of.about.hosts)};
    for (const char* network : {"libcurl", "libssl", "libpq", "libodbc", "libkrb5", "libmysql"}) {
        for (const std::string& name : library.needed) {
            if (!name.starts_with(network)) continue;
            return {
                "hosts",
                weight::warning,
                "it needs " + name + " and says that it talks to nobody; name them in \"hosts\""};
        }
    }
    return {"hosts", weight::ok, "none: it talks to nobody"};
}

finding check_publisher(const plugin& of) {
    if (of.about.license.empty()) {
        return {"licence", weight::warning, "\"license\" is empty; give an SPDX identifier"};
    }
    if (of.about.publisher.empty() || of.about.publisher == "unpublished") {
        return {"licence", weight::warning, "\"publisher\" names nobody; say who answers for it"};
    }
    return {"licence", weight::ok, of.about.license + ", by " + of.about.publisher};
}

finding check_digest(const plugin& of) {
    if (of.trust == "hash") return {"digest", weight::ok, "SHA-256 of the library, as stated"};
    return {
        "digest",
        weight::warning,
        "the manifest states no SHA-256 of the library; qry_add_plugin() writes it"};
}

}  // namespace

std::vector<finding> lint_plugin(const plugin& of) {
    if (!of.usable()) return {{"plugin", weight::error, of.reason}};
    const registry::unique_fd fd(::open(of.library.c_str(), O_RDONLY | O_CLOEXEC));
    const auto library = elf::read(fd.get(), of.library.string());
    if (!library) return {{"plugin", weight::error, library.error().message}};
    const std::string abi =
        std::to_string(of.about.abi_major) + "." + std::to_string(of.about.abi_minor);
    return {
        {"plugin", weight::ok, of.about.name + " " + of.about.version + ", ABI " + abi},
        check_digest(of),
        check_symbols(*library),
        check_libraries(*library),
        check_run_path(*library),
        check_stack(*library),
        check_glibc(*library),
        check_secrets(of),
        check_hosts(of, *library),
        check_publisher(of)};
}

}  // namespace qry::cli
