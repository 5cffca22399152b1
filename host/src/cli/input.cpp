#include "cli/input.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "cli/exit_status.hpp"

namespace qry::cli {

namespace {

constexpr const char* secret_help =
    "give --secret NAME to be asked, --secret NAME=@FILE, --secret NAME=env:VARIABLE or "
    "--secret NAME=- for standard input";

error interrupted() {
    error e{.kind = status::query_cancelled, .message = "interrupted"};
    e.from = origin::host;
    return e;
}

// Grows without leaving copies of a secret behind.
class wiped_text {
public:
    ~wiped_text() { wipe(text_.data(), text_.size()); }
    void add(const char* data, std::size_t size) {
        std::string larger;
        larger.reserve(text_.size() + size);
        larger.append(text_).append(data, size);
        wipe(text_.data(), text_.size());
        text_.swap(larger);
    }
    [[nodiscard]] std::string_view line() const {
        std::string_view out = text_;
        if (out.ends_with('\n')) out.remove_suffix(1);
        if (out.ends_with('\r')) out.remove_suffix(1);
        return out;
    }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

private:
    std::string text_;
};

enum class until { line_end, end };

// Reads a descriptor byte by byte up to the end of a line, or in blocks to the end.
result<void> read_into(int fd, until stop, interrupts& on, wiped_text& out) {
    char block[4096];
    const std::size_t most = stop == until::line_end ? 1 : sizeof(block);
    for (;;) {
        if (!on.readable(fd)) return interrupted();
        const ssize_t got = read(fd, block, most);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return usage_error(std::string("cannot read: ") + std::strerror(errno));
        if (got == 0) break;
        out.add(block, static_cast<std::size_t>(got));
        if (stop == until::line_end && block[0] == '\n') break;
    }
    wipe(block, sizeof(block));
    return {};
}

// No echo while it lives.
class silent_terminal {
public:
    silent_terminal() {
        tcgetattr(STDIN_FILENO, &before_);
        termios now = before_;
        now.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &now);
    }
    ~silent_terminal() {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        std::fputc('\n', stderr);
    }
    silent_terminal(const silent_terminal&) = delete;
    silent_terminal& operator=(const silent_terminal&) = delete;

private:
    termios before_{};
};

result<secret> ask(const std::string& name, interrupts& on) {
    wiped_text text;
    std::optional<silent_terminal> silent;
    if (isatty(STDIN_FILENO) == 1) {
        std::fprintf(stderr, "%s: ", name.c_str());
        std::fflush(stderr);
        silent.emplace();
    }
    if (auto r = read_into(STDIN_FILENO, until::line_end, on, text); !r) {
        return std::move(r).error();
    }
    if (text.line().empty()) {
        return usage_error(
            "the secret '" + name + "' is empty", "type it, or " + std::string(secret_help)
        );
    }
    return secret(text.line());
}

result<secret> from_file(const std::string& name, const std::string& path, interrupts& on) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return usage_error(
            "cannot read the file '" + path + "' of secret '" + name + "': " + std::strerror(errno)
        );
    }
    wiped_text text;
    auto r = read_into(fd, until::end, on, text);
    close(fd);
    if (!r) return std::move(r).error();
    if (text.line().empty()) {
        return usage_error("the file '" + path + "' of secret '" + name + "' is empty");
    }
    return secret(text.line());
}

result<secret> from_environment(const std::string& name, const std::string& variable) {
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') {
        return usage_error(
            "the environment variable '" + variable + "' of secret '" + name + "' is not set"
        );
    }
    return secret(value);
}

result<secret> read_secret(const std::string& name, std::string_view source, interrupts& on) {
    if (source.starts_with('@')) return from_file(name, std::string(source.substr(1)), on);
    if (source.starts_with("env:")) return from_environment(name, std::string(source.substr(4)));
    if (source == "-") {
        wiped_text text;
        if (auto r = read_into(STDIN_FILENO, until::end, on, text); !r) {
            return std::move(r).error();
        }
        if (text.line().empty()) {
            return usage_error("the secret '" + name + "' on standard input is empty");
        }
        return secret(text.line());
    }
    return usage_error(
        "the value of secret '" + name +
            "' may not stand on the command line: other users and the shell's history see it there",
        secret_help
    );
}

}  // namespace

result<std::map<std::string, std::string>> read_params(const std::vector<std::string>& given) {
    std::map<std::string, std::string> out;
    for (const auto& text : given) {
        const auto at = text.find('=');
        if (at == std::string::npos || at == 0) {
            return usage_error(
                "the parameter '" + text + "' has no value", "write it as -p NAME=VALUE"
            );
        }
        if (!out.emplace(text.substr(0, at), text.substr(at + 1)).second) {
            return usage_error(
                "the parameter '" + text.substr(0, at) + "' is given twice",
                "give each parameter once"
            );
        }
    }
    return out;
}

result<std::map<std::string, secret>> read_secrets(
    const std::vector<std::string>& given, interrupts& on
) {
    std::map<std::string, secret> out;
    bool stdin_used = false;
    for (const auto& text : given) {
        const auto at = text.find('=');
        const std::string name = text.substr(0, at);
        if (name.empty()) return usage_error("a secret has no name", secret_help);
        if (out.contains(name)) {
            return usage_error("the secret '" + name + "' is given twice", "give each secret once");
        }
        const bool asked = at == std::string::npos;
        const auto source = asked ? std::string_view() : std::string_view(text).substr(at + 1);
        if (source == "-" && std::exchange(stdin_used, true)) {
            return usage_error("standard input can hold one secret only", secret_help);
        }
        auto value = asked ? ask(name, on) : read_secret(name, source, on);
        if (!value) return std::move(value).error();
        out.emplace(name, std::move(*value));
    }
    return out;
}

result<std::string> read_stdin(interrupts& on) {
    std::string out;
    char block[65536];
    for (;;) {
        if (!on.readable(STDIN_FILENO)) return interrupted();
        const ssize_t got = read(STDIN_FILENO, block, sizeof(block));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            return usage_error(std::string("cannot read standard input: ") + std::strerror(errno));
        }
        if (got == 0) return out;
        out.append(block, static_cast<std::size_t>(got));
    }
}

}  // namespace qry::cli
