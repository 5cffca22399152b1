// Trino's pages of rows into batches, in memory, on one core:
//
//   bench_trino_pages [ROUNDS]
//
// Prints gigabytes of JSON a second of CPU: the driver's reader, and simdjson walking over the same
// cells and making nothing of them.
#include <simdjson.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/json/reader.hpp>

#include "types.hpp"

namespace {

using namespace qry;

double cpu_s() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

struct column {
    const char* name;
    const char* type;
};
// tpch.sf1.orders
constexpr column columns[]{
    {"orderkey", "bigint"},
    {"custkey", "bigint"},
    {"orderstatus", "varchar(1)"},
    {"totalprice", "double"},
    {"orderdate", "date"},
    {"orderpriority", "varchar(15)"},
    {"clerk", "varchar(15)"},
    {"shippriority", "integer"},
    {"comment", "varchar(79)"}};

// About a megabyte, with room behind it.
std::string page(int rows) {
    std::string out = "[";
    for (int i = 0; i < rows; ++i) {
        char row[256];
        std::snprintf(
            row,
            sizeof(row),
            "%s[%d,%d,\"O\",%d.%02d,\"199%d-0%d-1%d\",\"5-LOW\",\"Clerk#00000%04d\",0,\"%.*s\"]",
            i == 0 ? "" : ",",
            i * 7 + 1,
            i * 31 % 150'000,
            100'000 + i * 13 % 90'000,
            i % 100,
            i % 8,
            1 + i % 9,
            i % 9,
            i % 1000,
            20 + i % 55,
            "nstructions sleep furiously among the special requests; carefully final deposits "
            "haggle"
        );
        out += row;
    }
    out += ']';
    out.append(json::padding, ' ');
    return out;
}

double read_all(const std::string& text, json::row_reader& reader, arrow::batch_builder& batch) {
    const double begun = cpu_s();
    auto opened = reader.begin(std::string_view(text).substr(0, text.size() - json::padding));
    for (bool more = opened.has_value(); more;) {
        auto taken = reader.take(batch);
        if (!taken) {
            std::fprintf(stderr, "error: %s\n", taken.error().message.c_str());
            std::exit(1);
        }
        more = *taken;
        if (batch.full() || !more) (void)batch.finish();
    }
    return cpu_s() - begun;
}

double walk(const std::string& text, simdjson::ondemand::parser& parser) {
    const double begun = cpu_s();
    auto document = parser.iterate(text.data(), text.size() - json::padding, text.size());
    std::size_t bytes = 0;
    for (auto row : document.get_array()) {
        for (auto cell : row.get_array())
            bytes += cell.raw_json_token().value().size();
    }
    if (bytes == 0) std::exit(1);
    return cpu_s() - begun;
}

double median(std::vector<double> v) {
    std::sort(v.begin(), v.end());
    return v[v.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 50;
    starburst::zone_table zones;
    std::vector<arrow::field> fields;
    std::vector<json::column> cells;
    for (const column& c : columns) {
        auto plan = starburst::plan_column(c.name, c.type, zones);
        if (!plan) return 1;
        fields.push_back(plan->field);
        cells.push_back(plan->cells);
    }
    json::row_reader reader(std::move(cells), json::row_shape::array, json::row_shape::array);
    arrow::batch_builder batch(fields, {}, {65'536, 8 << 20});
    simdjson::ondemand::parser parser;
    const std::string text = page(7'500);
    const double gigabytes = static_cast<double>(text.size()) / 1e9;
    std::vector<double> ours;
    std::vector<double> limit;
    for (int i = 0; i < rounds; ++i) {
        ours.push_back(read_all(text, reader, batch));
        limit.push_back(walk(text, parser));
    }
    std::printf(
        "page of %zu bytes: into columns %.2f GB/s, simdjson's walk %.2f GB/s\n",
        text.size(),
        gigabytes / median(ours),
        gigabytes / median(limit)
    );
}
