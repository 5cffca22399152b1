#include "metrics/exposition.hpp"

#include <charconv>
#include <chrono>
#include <cmath>

namespace qry::metrics {

namespace {

// In a label's value a quote would end it; in a help text it would not.
enum class place { help, label };

void escape(std::string& out, std::string_view text, place where) {
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && where == place::label) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

std::string text_of(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    // Without an exponent: a bound is part of a sample's name, and others write 0.0001.
    char text[352];
    const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed).ptr;
    return {text, end};
}

double in_seconds(std::chrono::nanoseconds value) {
    return std::chrono::duration<double>(value).count();
}

}  // namespace

void exposition::family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    header_ = "# HELP " + name_ + " ";
    escape(header_, help, place::help);
    header_ += "\n# TYPE " + name_ + " ";
    header_ += type;
    header_ += "\n";
}

void exposition::line(std::string_view suffix, const labels& of, std::string_view value) {
    out_ += header_;
    header_.clear();
    out_ += name_;
    out_ += suffix;
    char before = '{';
    for (const auto& [name, text] : of) {
        out_ += before;
        out_ += name;
        out_ += "=\"";
        escape(out_, text, place::label);
        out_ += '"';
        before = ',';
    }
    if (!of.empty()) out_ += '}';
    out_ += ' ';
    out_ += value;
    out_ += '\n';
}

void exposition::sample(const labels& of, std::uint64_t value) {
    line("", of, std::to_string(value));
}

void exposition::sample(const labels& of, double value) {
    line("", of, text_of(value));
}

void exposition::histogram(const labels& of, const latency_histogram& value) {
    labels bucket = of;
    bucket.emplace_back("le", "");
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < value.bounds.size(); ++i) {
        so_far += value.counts[i];
        bucket.back().second = text_of(in_seconds(value.bounds[i]));
        line("_bucket", bucket, std::to_string(so_far));
    }
    so_far += value.counts.back();
    bucket.back().second = "+Inf";
    line("_bucket", bucket, std::to_string(so_far));
    line("_sum", of, text_of(in_seconds(value.sum)));
    line("_count", of, std::to_string(so_far));
}

}  // namespace qry::metrics
