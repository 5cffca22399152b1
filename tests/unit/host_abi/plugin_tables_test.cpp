#include "abi/plugin_tables.hpp"

#include <catch2/catch.hpp>

#include <cstring>

#include "puppet.hpp"

using qry::abi::complete_digest;
using qry::abi::complete_tables;

namespace {

struct ended {
    qry_call call{};
    int status = -1;
    ended() {
        call.host_data = this;
        call.complete = [](qry_call* c, const qry_error* e) {
            static_cast<ended*>(c->host_data)->status = e != nullptr ? e->status : QRY_OK;
        };
    }
};

}  // namespace

TEST_CASE("A missing verb completes with unsupported") {
    qry_session_verbs verbs = *puppet::driver().session;
    verbs.introspect = nullptr;
    verbs.alive = nullptr;
    qry_driver driver = puppet::driver();
    driver.test = nullptr;
    driver.session = &verbs;
    auto made = complete_tables(puppet::descriptor(QRY_MODEL_ASYNC), &driver);
    REQUIRE(made);
    ended introspect, test;
    made->verbs.introspect(nullptr, nullptr, nullptr, &introspect.call);
    CHECK(introspect.status == QRY_UNSUPPORTED);
    made->driver.test(nullptr, &test.call);
    CHECK(test.status == QRY_UNSUPPORTED);
    CHECK(made->verbs.alive(nullptr) == 1);
    CHECK(made->verbs.execute == verbs.execute);
}

TEST_CASE("A longer table of a later minor is used as far as it is known") {
    struct longer {
        qry_session_verbs known;
        void (*later)();
    };
    longer verbs{*puppet::driver().session, [] {}};
    verbs.known.struct_size = sizeof(verbs);
    qry_driver driver = puppet::driver();
    driver.session = &verbs.known;
    auto made = complete_tables(puppet::descriptor(QRY_MODEL_ASYNC), &driver);
    REQUIRE(made);
    CHECK(made->verbs.struct_size == sizeof(qry_session_verbs));
    CHECK(made->verbs.close == verbs.known.close);
}

TEST_CASE("A table that is shorter than ABI 1.0, or absurdly long, is refused with both sizes") {
    const std::uint32_t size = GENERATE(0U, 4U, 1'000'000'000U);
    qry_driver driver = puppet::driver();
    driver.struct_size = size;
    auto made = complete_tables(puppet::descriptor(QRY_MODEL_ASYNC), &driver);
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == qry::status::plugin_error);
    CHECK(made.error().message.find(std::to_string(size)) != std::string::npos);
}

TEST_CASE("A driver without session verbs is refused") {
    qry_driver driver = puppet::driver();
    driver.session = nullptr;
    CHECK_FALSE(complete_tables(puppet::descriptor(QRY_MODEL_ASYNC), &driver));
}

TEST_CASE("An extension is copied as far as both sides know it, or refused when it makes no sense"
) {
    CHECK(complete_digest("puppet", nullptr)->digest == nullptr);
    qry_ext_schema_digest table = {
        sizeof(qry_ext_schema_digest), [](qry_session*, char*, qry_call*) {}};
    CHECK(complete_digest("puppet", &table)->digest == table.digest);
    // A later minor's is longer.
    struct {
        qry_ext_schema_digest known;
        void* unknown;
    } longer{table, nullptr};
    longer.known.struct_size = sizeof(longer);
    CHECK(complete_digest("puppet", &longer)->struct_size == sizeof(qry_ext_schema_digest));
    table.struct_size = 8;
    const auto refused = complete_digest("puppet", &table);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("qry.schema_digest/1") != std::string::npos);
}
