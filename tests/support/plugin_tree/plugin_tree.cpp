#include "plugin_tree.hpp"

#include <stdlib.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace qry::test {

namespace fs = std::filesystem;

temp_folder::temp_folder() {
    std::string name = (fs::temp_directory_path() / "qry-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
}

temp_folder::~temp_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::string read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    std::ostringstream out;
    out << in.rdbuf();
    return std::move(out).str();
}

void write_file(const fs::path& file, std::string_view content) {
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

fs::path canary_library_file() {
    return CANARY_PLUGIN;
}

const std::string& canary_library() {
    static const std::string bytes = read_file(CANARY_PLUGIN);
    return bytes;
}

std::string canary_manifest(const std::string& sha256) {
    return R"({
    "name": "canary",
    "aliases": ["tweety"],
    "title": "Canary",
    "version": "1.2.3",
    "publisher": "QRY tests",
    "abi": {"major": 1, "minor": 0},
    "model": "blocking",
    "dialect": "canary",
    "libraries": {")" +
           std::string(registry::this_platform()) +
           R"(": {"file": "libqry_canary.so", "sha256": ")" + sha256 + R"("}},
    "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}
})";
}

fs::path install_canary(
    const fs::path& folder,
    const std::string& name,
    std::string_view library,
    std::string_view manifest
) {
    write_file(folder / name / "libqry_canary.so", library);
    write_file(folder / name / "qry-plugin.json", manifest);
    return folder / name;
}

registry::catalog scan(const fs::path& folder) {
    return registry::catalog::scan({{.path = folder, .origin = "option"}});
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos)
        throw std::runtime_error("there is no '" + std::string(from) + "'");
    return text.replace(at, from.size(), to);
}

}  // namespace qry::test
