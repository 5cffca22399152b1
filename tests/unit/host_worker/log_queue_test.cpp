#include "worker/log_queue.hpp"

#include <string>

#include <catch2/catch.hpp>

using qry::worker::log_queue;

TEST_CASE("lines leave in the order they came") {
    log_queue queue;
    queue.push({1, "a", "first"});
    queue.push({2, "b", "second"});
    CHECK(queue.pop()->text == "first");
    CHECK(queue.pop()->text == "second");
    CHECK_FALSE(queue.pop());
    CHECK(queue.take_dropped() == 0);
}

TEST_CASE("beyond its bound the queue forgets the oldest lines, and says how many") {
    log_queue queue;
    for (std::size_t i = 0; i < log_queue::most_lines + 3; ++i) {
        queue.push({1, "a", std::to_string(i)});
    }
    CHECK(queue.take_dropped() == 3);
    CHECK(queue.take_dropped() == 0);
    CHECK(queue.pop()->text == "3");
}
