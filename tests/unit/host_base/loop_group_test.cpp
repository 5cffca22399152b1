#include "base/loop_group.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>

#include <boost/asio/post.hpp>

using qry::base::loop_group;

TEST_CASE("Loops take turns, each on a thread of its own") {
    loop_group loops(2);
    CHECK(loops.size() == 2);
    std::set<std::thread::id> threads;
    for (int i = 0; i < 4; ++i) {
        std::promise<std::thread::id> on;
        boost::asio::post(loops.next_loop(), [&] { on.set_value(std::this_thread::get_id()); });
        threads.insert(on.get_future().get());
    }
    CHECK(threads.size() == 2);
    CHECK_FALSE(loops.on_loop_thread());
}

TEST_CASE("A loop goes on after a handler threw") {
    loop_group loops(1);
    boost::asio::post(loops.next_loop(), [] { throw std::runtime_error("on purpose"); });
    boost::asio::post(loops.next_loop(), [] { throw 42; });
    std::promise<bool> ran;
    boost::asio::post(loops.next_loop(), [&] { ran.set_value(loops.on_loop_thread()); });
    CHECK(ran.get_future().get());
}

TEST_CASE("The last owner may let go on a loop's own thread") {
    std::promise<void> posted, gone;
    auto loops = std::make_shared<loop_group>(2);
    auto& loop = loops->loop(0);
    boost::asio::post(loop, [owner = std::move(loops), &posted, &gone]() mutable {
        // Until then post() itself still touches the loop.
        posted.get_future().get();
        owner.reset();
        gone.set_value();
    });
    posted.set_value();
    gone.get_future().get();
}
