#include <limits>
#include <string>

#include <qry/schema.hpp>

#include "schema/data.hpp"
#include "schema/relevance.hpp"
#include "schema/render.hpp"

namespace qry {

namespace {

using schema::detail;

constexpr std::size_t bytes_per_token = 4;
// Tables too large for what is left are passed over so often, in the hope of a smaller one.
constexpr int most_misses = 50;
// "TABLE t (\n);\n": no table is told in less.
constexpr std::size_t least_table = 14;

std::string left_out(std::size_t tables) {
    if (tables == 0) return {};
    return "-- " + std::to_string(tables) + (tables == 1 ? " more table" : " more tables") +
           " left out\n";
}

// All tables at one level of detail; false as soon as they do not fit.
bool render_all(
    const schema_snapshot& of,
    const schema::ranking& ranked,
    detail how,
    std::size_t budget,
    std::string& out
) {
    out.clear();
    if (ranked.order.size() < of.table_count()) return false;
    for (const auto table : ranked.order) {
        schema::render(of, table, how, out);
        if (out.size() > budget) return false;
    }
    return true;
}

// The best first, and what does not fit is counted. The count's line is reserved at its longest, so
// that it always fits when any table does.
std::string render_best(
    const schema_snapshot& of, const schema::ranking& ranked, std::size_t budget
) {
    const std::size_t total = of.table_count();
    const std::size_t reserved = left_out(total).size();
    if (budget < reserved) return {};
    std::string out;
    std::string one;
    std::size_t shown = 0;
    int misses = 0;
    const auto fits = [&](std::uint32_t table, detail how) {
        one.clear();
        schema::render(of, table, how, one);
        return out.size() + one.size() + reserved <= budget;
    };
    for (std::size_t i = 0; i < ranked.order.size() && misses < most_misses; ++i) {
        const std::uint32_t table = ranked.order[i];
        const bool relevant = i < ranked.relevant;
        if ((relevant && fits(table, detail::full)) || fits(table, detail::brief)) {
            out += one;
            ++shown;
        } else {
            ++misses;
        }
    }
    return out + left_out(total - shown);
}

}  // namespace

std::string schema_snapshot::prompt(std::size_t tokens, std::string_view question) const {
    if (tokens == 0 || table_count() == 0) return {};
    const std::size_t budget = tokens > std::numeric_limits<std::size_t>::max() / bytes_per_token
                                   ? std::numeric_limits<std::size_t>::max()
                                   : tokens * bytes_per_token;
    const auto ranked = schema::rank(
        *content_, question, budget / least_table + static_cast<std::size_t>(most_misses)
    );
    std::string out;
    if (render_all(*this, ranked, detail::full, budget, out)) return out;
    // With a question the comments of what it is about are worth more than the rest of the schema.
    if (ranked.relevant == 0 && render_all(*this, ranked, detail::brief, budget, out)) return out;
    return render_best(*this, ranked, budget);
}

}  // namespace qry
