#include <qry/kit/auth/aws_profile.hpp>

#include <pwd.h>
#include <unistd.h>

#include <map>
#include <vector>

#include <qry/kit/text/trim.hpp>

#include "small_file.hpp"
#include "wiped.hpp"

namespace qry::auth {

namespace {

constexpr std::size_t largest_file = std::size_t{1} << 20;

using settings = std::map<std::string, secret, std::less<>>;

error bad_line(const std::filesystem::path& file, std::size_t number, std::string_view why) {
    return {
        .kind = status::invalid_parameter,
        .message = "the file '" + file.string() + "', line " + std::to_string(number) + ", " +
                   std::string(why)};
}

// "[profile x]" of the configuration and "[x]" of the credentials are one profile. Nothing for
// sections of other kinds ("[sso-session x]", and "[x]" of the configuration).
std::optional<std::string_view> profile_of(std::string_view section, bool config) {
    section = text::trimmed(section);
    if (!config || section == "default") return section;
    constexpr std::string_view word = "profile";
    if (!section.starts_with(word)) return std::nullopt;
    const std::string_view name = section.substr(word.size());
    if (name.empty() || (name[0] != ' ' && name[0] != '\t')) return std::nullopt;
    return text::trimmed(name);
}

// A comment begins a line, or follows a blank; a value may have '#' in it.
std::string_view without_comment(std::string_view value) {
    for (const std::string_view mark : {" #", " ;", "\t#", "\t;"})
        value = value.substr(0, value.find(mark));
    return text::trimmed(value);
}

class profile_reader {
public:
    profile_reader(const std::filesystem::path& file, std::string_view name, bool config)
        : file_(file), name_(name), config_(config) {}

    // Adds what is not there yet. True = there is such a profile.
    result<bool> read(std::string_view text, settings& into) {
        while (!text.empty()) {
            ++number_;
            const std::size_t end = std::min(text.find('\n'), text.size());
            const std::string_view line = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
            if (auto good = take(line, into); !good) return std::move(good).error();
        }
        return found_;
    }

private:
    result<void> take(std::string_view line, settings& into) {
        const std::string_view content = text::trimmed(line);
        if (content.empty() || content[0] == '#' || content[0] == ';') return {};
        // Settings of a setting ("s3 =" and lines below it), which nothing here needs.
        if (line[0] == ' ' || line[0] == '\t') return {};
        if (content[0] == '[') {
            const std::size_t end = content.find(']');
            if (end == std::string_view::npos) return bad_line(file_, number_, "has no ']'");
            inside_ = profile_of(content.substr(1, end - 1), config_) == name_;
            found_ = found_ || inside_;
            return {};
        }
        const std::size_t equals = content.find('=');
        if (equals == std::string_view::npos) {
            return bad_line(file_, number_, "is neither a section nor a setting");
        }
        if (!inside_) return {};
        const std::string_view value = without_comment(content.substr(equals + 1));
        into.try_emplace(std::string(text::trimmed(content.substr(0, equals))), secret(value));
        return {};
    }

    const std::filesystem::path& file_;
    const std::string_view name_;
    const bool config_;
    std::size_t number_ = 0;
    bool inside_ = false;
    bool found_ = false;
};

// Adds a file's settings; false when there is no such file, or no such profile in it.
result<bool> add(
    const std::filesystem::path& file, std::string_view name, bool config, settings& into
) {
    if (file.empty()) return false;
    auto text = read_small_file(file, largest_file);
    if (!text && text.error().kind == status::not_found) return false;
    if (!text) return std::move(text).error();
    return profile_reader(file, name, config).read(text->reveal(), into);
}

std::string text_of(const settings& from, std::string_view name) {
    const auto found = from.find(name);
    return found != from.end() ? std::string(found->second.reveal()) : std::string();
}
secret take_secret(settings& from, std::string_view name) {
    const auto found = from.find(name);
    return found != from.end() ? std::move(found->second) : secret();
}

}  // namespace

aws_files aws_files::of_user() {
    std::vector<char> room(16'384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) != 0 ||
        found == nullptr || found->pw_dir == nullptr || *found->pw_dir == '\0') {
        return {};
    }
    const std::filesystem::path folder = std::filesystem::path(found->pw_dir) / ".aws";
    return {.credentials = folder / "credentials", .config = folder / "config"};
}

result<aws_profile> read_aws_profile(const aws_files& files, std::string_view name) {
    if (name.empty()) name = "default";
    settings all;
    // The first to name a setting wins.
    auto in_credentials = add(files.credentials, name, false, all);
    if (!in_credentials) return std::move(in_credentials).error();
    auto in_config = add(files.config, name, true, all);
    if (!in_config) return std::move(in_config).error();
    if (!*in_credentials && !*in_config) {
        return error{
            .kind = status::not_found,
            .message = "there is no AWS profile '" + std::string(name) + "' in '" +
                       files.credentials.string() + "' nor in '" + files.config.string() + "'"};
    }
    aws_profile out{
        .region = text_of(all, "region"),
        .role_arn = text_of(all, "role_arn"),
        .role_session_name = text_of(all, "role_session_name"),
        .external_id = text_of(all, "external_id"),
        .source_profile = text_of(all, "source_profile"),
        .web_identity_token_file = text_of(all, "web_identity_token_file"),
        .duration_seconds = text_of(all, "duration_seconds")};
    aws_keys keys{
        .access_key_id = text_of(all, "aws_access_key_id"),
        .secret_access_key = take_secret(all, "aws_secret_access_key"),
        .session_token = take_secret(all, "aws_session_token")};
    if (keys.access_key_id.empty() != keys.secret_access_key.empty()) {
        return error{
            .kind = status::invalid_parameter,
            .message =
                "the AWS profile '" + std::string(name) + "' has only half of a pair of keys",
            .hint = "Give aws_access_key_id and aws_secret_access_key."};
    }
    if (!keys.access_key_id.empty()) out.keys = std::move(keys);
    return out;
}

}  // namespace qry::auth
