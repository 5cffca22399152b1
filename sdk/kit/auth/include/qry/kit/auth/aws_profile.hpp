// Profiles of the AWS command line tools: ~/.aws/credentials and ~/.aws/config ("Configuration and
// credential file settings" in the AWS CLI's User Guide). The environment is not looked at.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <qry/kit/auth/aws_keys.hpp>
#include <qry/result.hpp>

namespace qry::auth {

// What is not in the files is empty.
struct aws_profile {
    // aws_access_key_id, aws_secret_access_key, aws_session_token.
    std::optional<aws_keys> keys;
    std::string region;
    // A role to take on, with the keys of `source_profile` or the token in
    // `web_identity_token_file`.
    std::string role_arn;
    std::string role_session_name;
    std::string external_id;
    std::string source_profile;
    std::string web_identity_token_file;
    // In seconds, as it stands there.
    std::string duration_seconds;
};

struct aws_files {
    std::filesystem::path credentials;
    std::filesystem::path config;

    // Below the home folder that the user database gives for the user of the process, whatever HOME
    // says; empty paths when it gives none.
    [[nodiscard]] static aws_files of_user();
};

// The profile `name` ("default" when empty): section [name] of the credentials, and [profile name]
// (or [default]) of the configuration, which is outranked. One of the files may be missing. Reads
// them at once, each of at most 1 MiB. not_found: no such profile in either file, or neither file;
// invalid_parameter: a line that is none, or half of a pair of keys. Errors name file and line, and
// quote no value.
[[nodiscard]] result<aws_profile> read_aws_profile(const aws_files& files, std::string_view name);

}  // namespace qry::auth
