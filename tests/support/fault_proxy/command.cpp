// The proxy as a command, for tests in other languages:
//
//   qry-fault-proxy PORT                    prints its own port, then obeys standard input:
//   set|next [silent] [WAY.RULE=VALUE …]    WAY: to_server, to_client, both; RULE: latency_us,
//                                           bytes_per_second, slice, reset_after, swallow_after,
//                                           end_after. What is not named is as on a good network.
//   drop | counts                           counts answers with JSON, everything else with "ok"
//
// The end of standard input ends it.
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "fault_proxy.hpp"

namespace {

using qry::test::fault_proxy;
using qry::test::fault_rules;
using qry::test::flow_rules;

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument("'" + std::string(text) + "' is no number");
    return value;
}

void put_rule(flow_rules& to, std::string_view rule, std::uint64_t value) {
    if (rule == "latency_us") {
        to.latency = std::chrono::microseconds(value);
    } else if (rule == "bytes_per_second") {
        to.bytes_per_second = value;
    } else if (rule == "slice") {
        to.slice = value;
    } else if (rule == "reset_after") {
        to.reset_after = value;
    } else if (rule == "swallow_after") {
        to.swallow_after = value;
    } else if (rule == "end_after") {
        to.end_after = value;
    } else {
        throw std::invalid_argument("'" + std::string(rule) + "' is no rule");
    }
}

void put_rule(fault_rules& to, const std::string& word) {
    if (word == "silent") {
        to.silent = true;
        return;
    }
    const std::size_t dot = word.find('.');
    const std::size_t equals = word.find('=');
    if (dot == std::string::npos || equals == std::string::npos || dot > equals)
        throw std::invalid_argument("'" + word + "' is not of the form WAY.RULE=VALUE");
    const std::string way = word.substr(0, dot);
    const std::string rule = word.substr(dot + 1, equals - dot - 1);
    const std::uint64_t value = number(std::string_view(word).substr(equals + 1));
    if (way != "to_server" && way != "to_client" && way != "both")
        throw std::invalid_argument("'" + way + "' is no way");
    if (way != "to_client") put_rule(to.to_server, rule, value);
    if (way != "to_server") put_rule(to.to_client, rule, value);
}

void obey(fault_proxy& proxy, const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "set" || verb == "next") {
        fault_rules rules;
        for (std::string word; words >> word;)
            put_rule(rules, word);
        verb == "set" ? proxy.set(rules) : proxy.set_next(rules);
    } else if (verb == "drop") {
        proxy.drop();
    } else if (verb == "counts") {
        const auto now = proxy.counts();
        std::cout << R"({"connections": )" << now.connections << R"(, "open": )" << now.open
                  << R"(, "to_server": )" << now.to_server << R"(, "to_client": )" << now.to_client
                  << R"(, "resets": )" << now.resets << "}" << std::endl;
        return;
    } else {
        throw std::invalid_argument("'" + verb + "' is no command");
    }
    std::cout << "ok" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 2) throw std::invalid_argument("usage: qry-fault-proxy PORT");
        fault_proxy proxy(static_cast<int>(number(argv[1])));
        std::cout << proxy.port() << std::endl;
        for (std::string line; std::getline(std::cin, line);) {
            try {
                obey(proxy, line);
            } catch (const std::invalid_argument& wrong) {
                std::cout << "error: " << wrong.what() << std::endl;
            }
        }
        return EXIT_SUCCESS;
    } catch (const std::exception& e) {
        std::cerr << "error: " << e.what() << '\n';
        return EXIT_FAILURE;
    }
}
