#include "server.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

namespace qry::test {

namespace {

constexpr unsigned nobody = 65534;

// The output of a command; throws with it when the command fails.
std::string run(const std::string& command) {
    const std::string all = command + " 2>&1";
    std::string out;
    std::FILE* pipe = ::popen(all.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr)
        out += buffer.data();
    if (::pclose(pipe) != 0) throw std::runtime_error(command + "\n" + out);
    return out;
}

// The server refuses to run as root.
std::string as_server() {
    return ::geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
}

int free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    const bool bound = ::bind(fd, raw, size) == 0 && ::getsockname(fd, raw, &size) == 0;
    ::close(fd);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
}

std::string newest_bin() {
    if (const char* chosen = std::getenv("QRY_TEST_PG18_BIN")) return chosen;
    for (int version = 18; version >= 12; --version) {
        std::string bin = "/usr/lib/postgresql/" + std::to_string(version) + "/bin";
        if (std::filesystem::exists(bin + "/initdb")) return bin;
    }
    throw std::runtime_error("no PostgreSQL server under /usr/lib/postgresql");
}

void write(const std::string& file, const std::string& text) {
    std::ofstream out(file, std::ios::app);
    out << text;
}

}  // namespace

throwaway_server::throwaway_server(const std::string& bin)
    : bin_(bin.empty() ? newest_bin() : bin), port_(free_port()) {
    std::string name = std::filesystem::temp_directory_path() / "qry-pg-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    if (::geteuid() == 0 && ::chown(folder_.c_str(), nobody, nobody) != 0) {
        throw std::runtime_error("cannot give away " + folder_);
    }
    const std::string data = folder_ + "/data";
    run(as_server() + bin_ + "/initdb -D " + data + " -U postgres -A trust -E UTF8 --locale=C");
    configure();
    make_certificates();
    run(as_server() + bin_ + "/pg_ctl -D " + data + " -w -l " + folder_ + "/log start");
    sql("create user scram_user password 'correct horse'; create user cert_user;");
}

throwaway_server::~throwaway_server() {
    try {
        run(as_server() + bin_ + "/pg_ctl -D " + folder_ + "/data -m immediate stop");
    } catch (const std::exception&) {
        // A test may have killed it.
    }
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

throwaway_server& throwaway_server::shared() {
    static throwaway_server server;
    return server;
}

void throwaway_server::configure() const {
    const std::string data = folder_ + "/data";
    write(
        data + "/postgresql.conf",
        "port = " + std::to_string(port_) + "\nlisten_addresses = '127.0.0.1'\n" +
            "unix_socket_directories = '" + folder_ + "'\nfsync = off\nssl = on\n" +
            "ssl_cert_file = '" + folder_ + "/server.crt'\nssl_key_file = '" + folder_ +
            "/server.key'\nssl_ca_file = '" + folder_ + "/ca.crt'\nmax_connections = 50\n" +
            "autovacuum = off\nlog_min_messages = fatal\n"
    );
    std::ofstream hba(data + "/pg_hba.conf", std::ios::trunc);
    hba << "local all all trust\n"
        << "host all scram_user 127.0.0.1/32 scram-sha-256\n"
        << "hostssl all cert_user 127.0.0.1/32 cert\n"
        << "host all cert_user 127.0.0.1/32 reject\n"
        << "host all all 127.0.0.1/32 trust\n";
}

void throwaway_server::make_certificates() const {
    const std::string at = "cd " + folder_ + " && ";
    const std::string key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 ";
    run(at + "openssl req -x509 " + key + "-subj '/CN=qry test CA' -keyout ca.key -out ca.crt");
    write(file("server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    write(file("client.ext"), "extendedKeyUsage=clientAuth\n");
    const auto issue = [&](const std::string& name, const std::string& subject) {
        run(at + "openssl req " + key + "-subj '/CN=" + subject + "' -keyout " + name +
            ".key -out " + name + ".csr");
        run(at + "openssl x509 -req -days 2 -in " + name + ".csr -CA ca.crt -CAkey ca.key " +
            "-CAcreateserial -extfile " + name + ".ext -out " + name + ".crt");
    };
    issue("server", "localhost");
    issue("client", "cert_user");
    run(at + "chmod 600 *.key");
    if (::geteuid() == 0) run(at + "chown 65534:65534 server.key server.crt ca.crt");
}

pid_t throwaway_server::postmaster() const {
    std::ifstream in(folder_ + "/data/postmaster.pid");
    pid_t pid = 0;
    in >> pid;
    return pid;
}

std::map<std::string, std::string> throwaway_server::params() const {
    return {
        {"host", "127.0.0.1"},
        {"port", std::to_string(port_)},
        {"user", "postgres"},
        {"dbname", "postgres"},
        {"sslmode", "disable"},
        {"application_name", "qry test"}};
}

std::string throwaway_server::sql(const std::string& text) const {
    const std::string script = file("script.sql");
    std::ofstream(script, std::ios::trunc) << text << ";\n";
    return run(
        "PGCLIENTENCODING=UTF8 psql -X -q -At -v ON_ERROR_STOP=1 -h " + folder_ + " -p " +
        std::to_string(port_) + " -U postgres -d postgres -f " + script
    );
}

void throwaway_server::alter_system(const std::string& name, const std::string& value) const {
    sql("alter system set " + name + " = '" + value + "'");
    sql("select pg_reload_conf()");
    // The postmaster rereads on a signal; new connections show it once it has.
    for (int i = 0; i < 1000; ++i) {
        if (sql("show " + name) == value + "\n") return;
        std::this_thread::yield();
    }
    throw std::runtime_error(name + " did not become " + value);
}

}  // namespace qry::test
