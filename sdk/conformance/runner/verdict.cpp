#include "verdict.hpp"

#include <nlohmann/json.hpp>

namespace qry::conformance {

const char* name_of(ending e) noexcept {
    switch (e) {
        case ending::passed:
            return "passed";
        case ending::failed:
            return "failed";
        case ending::crashed:
            return "crashed";
        case ending::hung:
            return "hung";
        case ending::skipped:
            return "skipped";
    }
    return "failed";
}

bool is_bad(ending e) noexcept {
    return e != ending::passed && e != ending::skipped;
}

nlohmann::json to_json(const verdict& v) {
    return {
        {"end", static_cast<int>(v.end)},
        {"sent", v.sent},
        {"got", v.got},
        {"cause", v.cause},
        {"warnings", v.warnings}};
}

verdict verdict_from(const nlohmann::json& j) {
    return {
        .end = static_cast<ending>(j.at("end").get<int>()),
        .sent = j.at("sent"),
        .got = j.at("got"),
        .cause = j.at("cause"),
        .warnings = j.at("warnings")};
}

}  // namespace qry::conformance
