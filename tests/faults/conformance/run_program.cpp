#include "run_program.hpp"

#include <array>
#include <cstdio>
#include <stdexcept>

#include <sys/wait.h>

namespace qry::conformance::test {

ended run_conformance(const std::string& arguments) {
    const std::string command = std::string("'" QRY_CONFORMANCE "' ") + arguments + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
    ended out;
    std::array<char, 4096> chunk;
    while (const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
        out.output.append(chunk.data(), n);
    }
    const int how = ::pclose(pipe);
    out.code = WIFEXITED(how) ? WEXITSTATUS(how) : -1;
    return out;
}

std::string fault(const std::string& name) {
    return "'" QRY_FAULTS_FOLDER "/" + name + ".so'";
}

std::string with_params() {
    return " --params '" QRY_PARAMS_FILE "'";
}

}  // namespace qry::conformance::test
