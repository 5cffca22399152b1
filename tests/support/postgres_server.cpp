#include "postgres_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace qry::test {

namespace fs = std::filesystem;

namespace {

// "nobody": PostgreSQL refuses to run as root.
constexpr unsigned plain_user = 65534;

int free_port() {
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(at);
    if (bind(probe, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        getsockname(probe, reinterpret_cast<sockaddr*>(&at), &size) != 0)
        throw std::runtime_error("no free port");
    close(probe);
    return ntohs(at.sin_port);
}

std::string text_of(const fs::path& file) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

}  // namespace

fs::path postgres_server::programs() {
    fs::path best;
    int newest = 0;
    std::error_code none;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none)) {
        const int number = std::atoi(version.path().filename().c_str());
        if (number > newest && fs::exists(version.path() / "bin/initdb")) {
            newest = number;
            best = version.path() / "bin";
        }
    }
    return best;
}

std::unique_ptr<postgres_server> postgres_server::start(
    const std::string& settings, const std::string& access
) {
    std::unique_ptr<postgres_server> server(new postgres_server);
    std::string pattern = (fs::temp_directory_path() / "qry-postgres-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    server->folder_ = pattern;
    server->port_ = free_port();
    if (geteuid() == 0 && chown(pattern.c_str(), plain_user, plain_user) != 0)
        throw std::runtime_error("chown failed");
    const std::string data = pattern + "/data";
    server->run(
        (programs() / "initdb").string() + " -D " + data +
        " -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions"
    );
    std::ofstream(data + "/postgresql.conf", std::ios::app)
        << "listen_addresses = '127.0.0.1'\nport = " << server->port_
        << "\nunix_socket_directories = '" << pattern << "'\nfsync = off\n"
        << "shared_buffers = 16MB\n"
        << settings << '\n';
    const std::string rest = text_of(data + "/pg_hba.conf");
    std::ofstream(data + "/pg_hba.conf") << access << '\n' << rest;
    server->launch();
    return server;
}

postgres_server::~postgres_server() {
    stop();
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

std::string postgres_server::url() const {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port_) + "/postgres";
}

void postgres_server::run(const std::string& command) const {
    const std::string user = std::to_string(plain_user);
    const std::string as_user = geteuid() == 0 ? "setpriv --reuid=" + user + " --regid=" + user +
                                                     " --clear-groups " + command
                                               : command;
    const std::string log = (folder_ / "setup.log").string();
    if (std::system((as_user + " >" + log + " 2>&1").c_str()) != 0)
        throw std::runtime_error(command + " failed:\n" + text_of(log));
}

void postgres_server::launch() {
    const std::string program = (programs() / "postgres").string();
    const std::string data = (folder_ / "data").string();
    const std::string log = (folder_ / "server.log").string();
    const bool root = geteuid() == 0;
    process_ = fork();
    if (process_ == 0) {
        const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        dup2(out, 1);
        dup2(out, 2);
        if (root && (setgid(plain_user) != 0 || setuid(plain_user) != 0)) _exit(126);
        // A test that dies takes its server with it.
        prctl(PR_SET_PDEATHSIG, SIGQUIT);
        execl(program.c_str(), program.c_str(), "-D", data.c_str(), nullptr);
        _exit(127);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (PQping(url().c_str()) != PQPING_OK) {
        if (waitpid(process_, nullptr, WNOHANG) == process_ ||
            std::chrono::steady_clock::now() > until)
            throw std::runtime_error("PostgreSQL does not start:\n" + text_of(log));
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

void postgres_server::stop() {
    if (process_ <= 0) return;
    kill(process_, SIGQUIT);
    waitpid(process_, nullptr, 0);
    process_ = -1;
}

void postgres_server::restart() {
    stop();
    launch();
}

}  // namespace qry::test
