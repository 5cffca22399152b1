#include <catch2/catch.hpp>

#include "key_trace.hpp"

using namespace qry::postgresql;

TEST_CASE("the cancel key is found in the trace, however it is cut") {
    const std::string_view trace =
        "F\t41\tPasswordMessage\t \"BackendKeyData 1 2\"\n"
        "B\t12\tBackendKeyData\t 4711 -1234567\nB\t5\tReadyForQuery\t I\n";
    for (std::size_t cut = 0; cut <= trace.size(); ++cut) {
        key_sink sink;
        sink.write(trace.substr(0, cut));
        sink.write(trace.substr(cut));
        REQUIRE(sink.key());
        CHECK(sink.key()->process_id == 4711);
        CHECK(sink.key()->secret == -1234567);
    }
}

TEST_CASE("lines that only look like it are no key") {
    key_sink sink;
    sink.write("B\t12\tBackendKeyData\t 4711\nB\tBackendKeyData\t x y\nB\tBackendKeyData\t 1 2 3\n"
    );
    sink.write(std::string(500, 'x') + "\tBackendKeyData\t 1 2\n");
    CHECK_FALSE(sink.key());
}
