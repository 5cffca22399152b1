// A temporary folder of plugins, and the pieces good and bad ones are made of.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <qry/registry/catalog.hpp>

namespace qry::test {

// Removed with everything in it.
class temp_folder {
public:
    temp_folder();
    temp_folder(const temp_folder&) = delete;
    temp_folder& operator=(const temp_folder&) = delete;
    ~temp_folder();
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

[[nodiscard]] std::string read_file(const std::filesystem::path& file);
// Makes the folders above it, too.
void write_file(const std::filesystem::path& file, std::string_view content);

// The bytes of a good plugin: name "canary", version 1.2.3. Its constructor creates $QRY_CANARY.
[[nodiscard]] const std::string& canary_library();
[[nodiscard]] std::filesystem::path canary_library_file();
// A manifest that fits it; no digest when `sha256` is empty.
[[nodiscard]] std::string canary_manifest(const std::string& sha256 = {});
// FOLDER/NAME/{qry-plugin.json,libqry_canary.so}; returns FOLDER/NAME.
std::filesystem::path install_canary(
    const std::filesystem::path& folder,
    const std::string& name,
    std::string_view library,
    std::string_view manifest
);

[[nodiscard]] registry::catalog scan(const std::filesystem::path& folder);

// `text` with its first `from` replaced; the test fails when there is none.
[[nodiscard]] std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace qry::test
