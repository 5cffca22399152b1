#include <qry/registry/file_names.hpp>

#include <filesystem>
#include <system_error>

namespace qry::registry {

namespace {

bool is_relative_file(
    const parameter_schema& schema, const std::string& name, const std::string& value
) {
    const parameter* about = find(schema, name);
    return about != nullptr && about->file && !value.empty() && value.front() != '/' &&
           value.front() != ':' && !value.starts_with("file:");
}

}  // namespace

void make_absolute(const parameter_schema& schema, std::map<std::string, std::string>& params) {
    for (auto& [name, value] : params) {
        if (!is_relative_file(schema, name, value)) continue;
        std::error_code failed;
        const auto whole = std::filesystem::absolute(value, failed);
        // Without a working directory it stays, and whoever opens it says what is wrong.
        if (!failed) value = whole.lexically_normal().string();
    }
}

const std::string* relative_file(
    const parameter_schema& schema, const std::map<std::string, std::string>& params
) {
    for (const auto& [name, value] : params) {
        if (is_relative_file(schema, name, value)) return &name;
    }
    return nullptr;
}

}  // namespace qry::registry
