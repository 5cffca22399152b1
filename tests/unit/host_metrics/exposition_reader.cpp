#include "exposition_reader.hpp"

#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

namespace exposition {

namespace {

[[noreturn]] void refuse(const std::string& why, std::string_view line) {
    throw std::runtime_error(why + " in: " + std::string(line));
}

bool name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

std::string take_name(std::string_view& rest, std::string_view line) {
    std::size_t end = 0;
    while (end < rest.size() &&
           (name_start(rest[end]) || (end > 0 && rest[end] >= '0' && rest[end] <= '9'))) {
        ++end;
    }
    if (end == 0) refuse("no name", line);
    std::string name(rest.substr(0, end));
    rest.remove_prefix(end);
    return name;
}

void take(std::string_view& rest, char wanted, std::string_view line) {
    if (rest.empty() || rest.front() != wanted) refuse(std::string("no '") + wanted + "'", line);
    rest.remove_prefix(1);
}

std::string take_quoted(std::string_view& rest, std::string_view line) {
    std::string out;
    take(rest, '"', line);
    for (;;) {
        if (rest.empty()) refuse("an open quote", line);
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c == '"') return out;
        if (c != '\\') {
            out += c;
            continue;
        }
        if (rest.empty()) refuse("a lone backslash", line);
        const char escaped = rest.front();
        rest.remove_prefix(1);
        if (escaped == 'n') {
            out += '\n';
        } else if (escaped == '\\' || escaped == '"') {
            out += escaped;
        } else {
            refuse("an unknown escape", line);
        }
    }
}

labels take_labels(std::string_view& rest, std::string_view line) {
    labels out;
    if (rest.empty() || rest.front() != '{') return out;
    rest.remove_prefix(1);
    for (;;) {
        const std::string name = take_name(rest, line);
        take(rest, '=', line);
        if (!out.emplace(name, take_quoted(rest, line)).second) refuse("a label twice", line);
        if (!rest.empty() && rest.front() == '}') break;
        take(rest, ',', line);
    }
    rest.remove_prefix(1);
    return out;
}

double number(std::string_view text, std::string_view line) {
    if (text == "+Inf") return std::numeric_limits<double>::infinity();
    std::size_t used = 0;
    const double out = std::stod(std::string(text), &used);
    if (used != text.size()) refuse("no number", line);
    return out;
}

// "qry_x_bucket" of the histogram qry_x, else the name itself.
std::string family_of(const std::string& name, const std::string& current, const family& in) {
    if (in.type != "histogram") return name;
    for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        if (name == current + suffix) return current;
    }
    return name;
}

void check_histogram(const std::string& name, const family& own) {
    // Without `le`: bound and cumulative count, in order.
    std::map<labels, std::map<double, double>> buckets;
    for (const auto& [key, value] : own.samples) {
        if (key.first != name + "_bucket") continue;
        labels rest = key.second;
        const auto bound = rest.extract("le");
        if (bound.empty()) refuse("a bucket without le", name);
        buckets[rest][number(bound.mapped(), name)] = value;
    }
    for (const auto& [who, steps] : buckets) {
        double before = 0;
        for (const auto& [bound, count] : steps) {
            if (count < before) refuse("a bucket smaller than the one before", name);
            before = count;
        }
        if (!std::isinf(steps.rbegin()->first)) refuse("no bucket +Inf", name);
        if (own.samples.at({name + "_count", who}) != before) refuse("a count that is not", name);
        if (!own.samples.contains({name + "_sum", who})) refuse("no sum", name);
    }
}

struct reader {
    std::map<std::string, family> all;
    std::string current;

    void comment(std::string_view line) {
        std::string_view rest = line.substr(7);
        const std::string name = take_name(rest, line);
        take(rest, ' ', line);
        if (line.starts_with("# HELP ")) {
            if (all.contains(name)) refuse("a family in two places", line);
            current = name;
            all[name].help = rest;
            return;
        }
        if (name != current) refuse("a type without its help", line);
        static const std::set<std::string_view> types = {"counter", "gauge", "histogram"};
        if (!types.contains(rest) || !all[name].samples.empty()) refuse("a wrong type", line);
        all[name].type = rest;
    }
    void sample(std::string_view line) {
        std::string_view rest = line;
        const std::string name = take_name(rest, line);
        if (family_of(name, current, all[current]) != current) refuse("a stray sample", line);
        labels of = take_labels(rest, line);
        take(rest, ' ', line);
        if (!all[current].samples.try_emplace({name, std::move(of)}, number(rest, line)).second) {
            refuse("a sample twice", line);
        }
    }
};

}  // namespace

std::map<std::string, family> read(std::string_view text) {
    reader to;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) refuse("no end of line", text);
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end + 1);
        if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) {
            to.comment(line);
        } else {
            to.sample(line);
        }
    }
    for (const auto& [name, own] : to.all) {
        if (own.samples.empty()) refuse("an empty family", name);
        if (own.type == "histogram") check_histogram(name, own);
        if ((own.type == "counter") != name.ends_with("_total")) refuse("a counter's name", name);
    }
    return std::move(to.all);
}

double value(const std::map<std::string, family>& all, const std::string& name, const labels& of) {
    const auto found = all.find(name);
    if (found == all.end()) throw std::runtime_error("no family " + name);
    return found->second.samples.at({name, of});
}

}  // namespace exposition
