#include "cli/plugin_tree.hpp"

#include <fstream>
#include <iterator>
#include <system_error>

#include <nlohmann/json.hpp>

#include <unistd.h>

namespace qry::cli {

namespace fs = std::filesystem;

namespace {

bool letter_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

error cannot(const char* what, const fs::path& path, const std::string& why) {
    return {
        .kind = status::resource_limit,
        .message = std::string("cannot ") + what + " '" + path.string() + "': " + why,
        .from = origin::host};
}

result<std::string> read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in) return cannot("read", path, std::generic_category().message(errno));
    return text;
}

result<void> write_file(const fs::path& path, const std::string& text) {
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out) return cannot("write", path, std::generic_category().message(errno));
    return {};
}

result<plugin_names> names_of(const fs::path& tree) {
    const fs::path file = tree / "qry-plugin.json";
    auto text = read_file(file);
    if (!text) return std::move(text).error();
    const auto manifest = nlohmann::json::parse(*text, nullptr, false);
    if (!manifest.is_object()) return cannot("use", file, "it is no manifest");
    return plugin_names{
        manifest.value("name", ""), manifest.value("title", ""), manifest.value("publisher", "")};
}

// Left by who built the sample where it lies.
bool built(const fs::path& path) {
    const std::string name = path.filename();
    return name == "build" || name == "out" || name == "__pycache__";
}

std::string replace_all(std::string text, std::string_view old, std::string_view by) {
    if (old.empty()) return text;
    for (std::size_t at = text.find(old); at != text.npos; at = text.find(old, at + by.size()))
        text.replace(at, old.size(), by);
    return text;
}

result<void> copy_renamed(
    const fs::path& from, const fs::path& to, const plugin_names& old, const plugin_names& who
) {
    std::error_code failed;
    fs::create_directory(to, failed);
    if (failed) return cannot("make", to, failed.message());
    for (const auto& entry : fs::directory_iterator(from, failed)) {
        if (built(entry.path())) continue;
        const fs::path target =
            to / rename_in(entry.path().filename().string(), old.name, who.name);
        if (entry.is_directory()) {
            auto copied = copy_renamed(entry.path(), target, old, who);
            if (!copied) return copied;
            continue;
        }
        auto text = read_file(entry.path());
        if (!text) return std::move(text).error();
        std::string changed = replace_all(std::move(*text), old.publisher, who.publisher);
        changed = replace_all(std::move(changed), old.title, who.title);
        auto written = write_file(target, rename_in(changed, old.name, who.name));
        if (!written) return written;
    }
    if (failed) return cannot("read", from, failed.message());
    return {};
}

}  // namespace

std::string rename_in(std::string_view text, std::string_view name, std::string_view replacement) {
    std::string out;
    std::size_t done = 0;
    for (std::size_t at = text.find(name); at != text.npos && !name.empty();
         at = text.find(name, at + 1)) {
        if (at < done || (at > 0 && letter_or_digit(text[at - 1]))) continue;
        const std::size_t end = at + name.size();
        if (end < text.size() && letter_or_digit(text[end])) continue;
        out.append(text, done, at - done);
        out += replacement;
        done = end;
    }
    return out.append(text, done);
}

result<void> make_plugin_tree(const fs::path& from, const fs::path& to, const plugin_names& who) {
    std::error_code failed;
    if (fs::exists(fs::symlink_status(to, failed))) {
        return error{
            .kind = status::conflict,
            .message = "'" + to.string() + "' is there already",
            .hint = "Choose another folder with --to, or remove it.",
            .from = origin::host};
    }
    auto old = names_of(from);
    if (!old) return std::move(old).error();
    const fs::path beside = to.string() + "." + std::to_string(::getpid());
    auto copied = copy_renamed(from, beside, *old, who);
    if (copied) {
        fs::rename(beside, to, failed);
        if (failed) copied = cannot("make", to, failed.message());
    }
    if (!copied) fs::remove_all(beside, failed);
    return copied;
}

}  // namespace qry::cli
