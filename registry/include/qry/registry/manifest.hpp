// qry-plugin.json: what a plugin says of itself before anything of it is loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <qry/registry/parameter.hpp>
#include <qry/result.hpp>

namespace qry::registry {

struct library_entry {
    // Relative to the manifest's folder, without "..".
    std::string file;
    // Lower-case hex SHA-256 of the file; empty = not stated.
    std::string sha256;
};

struct manifest {
    std::string name;
    std::vector<std::string> aliases;
    std::string title;
    std::string description;
    std::string version;
    std::string publisher;
    std::string license;
    int abi_major = 0;
    int abi_minor = 0;
    // "linux-x86_64", "linux-aarch64", …
    std::map<std::string, library_entry> libraries;
    // "blocking" or "async".
    std::string model;
    std::string dialect;
    // "cancel", "bind", "introspect", "keys", "transaction", "write".
    std::vector<std::string> capabilities;
    // Hosts it talks to, as patterns over parameters: "{host}", "*.snowflakecomputing.com"; empty
    // for an embedded database.
    std::vector<std::string> hosts;
    parameter_schema parameters;
};

// Errors name the file, the key and what was expected.
[[nodiscard]] result<manifest> parse_manifest(std::string_view json, const std::string& file);
[[nodiscard]] result<manifest> read_manifest(const std::filesystem::path& file);

// "linux-x86_64" for this build.
[[nodiscard]] std::string_view this_platform() noexcept;

}  // namespace qry::registry
