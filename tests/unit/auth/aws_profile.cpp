// The files are those of the AWS CLI's User Guide where nothing else is said.
#include <catch2/catch.hpp>

#include <qry/kit/auth/aws_profile.hpp>

#include "keys.hpp"

namespace qry::test {

using auth::aws_files;
using auth::aws_profile;
using auth::read_aws_profile;

namespace {

constexpr std::string_view user_credentials = R"([default]
aws_access_key_id=AKIAIOSFODNN7EXAMPLE
aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY

[user1]
aws_access_key_id=AKIAI44QH8DHBEXAMPLE
aws_secret_access_key=je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY
)";
constexpr std::string_view user_config = R"([default]
region=us-west-2
output=json

[profile user1]
region=us-east-1
output=text
)";

result<aws_profile> read_files(
    std::string_view in_credentials, std::string_view in_config, std::string_view name
) {
    const folder in;
    const aws_files files{
        .credentials = in.write("credentials", in_credentials),
        .config = in.write("config", in_config)};
    return read_aws_profile(files, name);
}

void check_keys(const result<aws_profile>& got, std::string_view id, std::string_view key) {
    REQUIRE(got);
    REQUIRE(got->keys);
    CHECK(got->keys->access_key_id == id);
    CHECK(got->keys->secret_access_key.reveal() == key);
}

}  // namespace

TEST_CASE("a profile has its keys from one file and its region from the other") {
    auto first = read_files(user_credentials, user_config, "");
    check_keys(first, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    CHECK(first->region == "us-west-2");
    auto second = read_files(user_credentials, user_config, "user1");
    check_keys(second, "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY");
    CHECK(second->region == "us-east-1");
    CHECK(second->keys->session_token.empty());
}

TEST_CASE("blanks, comments, line ends of Windows and nested settings are no part of a value") {
    auto got = read_files(
        "# first\r\n; second\r\n\r\n[ default ]\r\n"
        "aws_access_key_id =  AKIA \r\naws_secret_access_key\t= a/b+c=# # why\r\n"
        "aws_session_token = t ;why\r\n"
        "s3 =\r\n  region = nested\r\n\tmax = 1\r\nregion = outer",
        "",
        "default"
    );
    check_keys(got, "AKIA", "a/b+c=#");
    CHECK(got->keys->session_token.reveal() == "t");
    CHECK(got->region == "outer");
}

TEST_CASE("what the credentials say outranks the configuration, in which keys may stand too") {
    auto both = read_files(
        user_credentials,
        "[default]\naws_access_key_id=other\naws_secret_access_key=other\n",
        "default"
    );
    check_keys(both, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    auto config_only =
        read_files("", "[profile p]\naws_access_key_id=AKIA\naws_secret_access_key=s\n", "p");
    check_keys(config_only, "AKIA", "s");
}

TEST_CASE("a role is told with all that it takes to have it") {
    auto got = read_files(
        user_credentials,
        "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = user1\n"
        "external_id=e\nrole_session_name=n\nduration_seconds=900\n"
        "web_identity_token_file=/run/token\n",
        "role"
    );
    REQUIRE(got);
    CHECK_FALSE(got->keys);
    CHECK(got->role_arn == "arn:aws:iam::1:role/r");
    CHECK(got->source_profile == "user1");
    CHECK(got->external_id == "e");
    CHECK(got->role_session_name == "n");
    CHECK(got->duration_seconds == "900");
    CHECK(got->web_identity_token_file == "/run/token");
}

TEST_CASE("a section of another kind is no profile") {
    const std::string_view odd =
        "[user2]\nregion=a\n[sso-session user3]\nregion=b\n"
        "[profileuser4]\nregion=c\n";
    for (const std::string_view name : {"user2", "user3", "user4", "sso-session user3"}) {
        auto got = read_files(user_credentials, odd, name);
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::not_found);
    }
}

TEST_CASE("one file is enough, and none is an error that names both") {
    const folder in;
    const auto file = in.write("credentials", user_credentials);
    CHECK(read_aws_profile({.credentials = file, .config = in.path() / "none"}, ""));
    CHECK(read_aws_profile({.credentials = file}, ""));
    auto got = read_aws_profile({.credentials = in.path() / "a", .config = in.path() / "b"}, "p");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::not_found);
    CHECK(got.error().message.find(in.path() / "a") != std::string::npos);
    CHECK(got.error().message.find(in.path() / "b") != std::string::npos);
    auto a_folder = read_aws_profile({.credentials = in.path()}, "p");
    REQUIRE_FALSE(a_folder);
    CHECK(a_folder.error().kind == status::invalid_parameter);
}

TEST_CASE("a line that is none is named by its number, and not quoted") {
    for (const std::string_view text :
         {"[default]\naws_secret_access_key hunter2\n", "[default]\n[hunter2\n"}) {
        auto got = read_files(text, "", "default");
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::invalid_parameter);
        CHECK(got.error().message.find("line 2") != std::string::npos);
        CHECK(got.error().message.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("half of a pair of keys is an error that quotes neither") {
    for (const std::string_view text :
         {"[default]\naws_access_key_id=hunter2\n",
          "[default]\naws_access_key_id=\naws_secret_access_key=hunter2\n"}) {
        auto got = read_files(text, "", "default");
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::invalid_parameter);
        CHECK(got.error().message.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("a file that is too long is refused") {
    auto got = read_files(std::string(2'000'000, '#'), "", "default");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::invalid_parameter);
}

TEST_CASE("the files of the user are below the home folder, whatever HOME says") {
    const char* const before = std::getenv("HOME");
    const std::string kept = before != nullptr ? before : "";
    ::setenv("HOME", "/elsewhere", 1);
    const aws_files files = aws_files::of_user();
    ::setenv("HOME", kept.c_str(), 1);
    CHECK(files.credentials.string().ends_with("/.aws/credentials"));
    CHECK(files.config.string().ends_with("/.aws/config"));
    CHECK_FALSE(files.credentials.string().starts_with("/elsewhere"));
}

}  // namespace qry::test
