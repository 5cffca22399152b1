#include "base/query_id.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <thread>
#include <vector>

using qry::base::query_ids;

TEST_CASE("Ids count up behind their prefix, without letters that look like digits") {
    query_ids ids(0);
    CHECK(ids.next() == "0000000-1");
    CHECK(ids.next() == "0000000-2");
    for (int i = 3; i < 32; ++i)
        (void)ids.next();
    CHECK(ids.next() == "0000000-10");
}

TEST_CASE("Two hosts have different prefixes") {
    CHECK(query_ids().next().substr(0, 7) != query_ids().next().substr(0, 7));
}

TEST_CASE("Ids are unique across threads") {
    query_ids ids;
    std::vector<std::vector<std::string>> made(4);
    std::vector<std::thread> threads;
    for (auto& mine : made) {
        threads.emplace_back([&ids, &mine] {
            for (int i = 0; i < 1000; ++i)
                mine.push_back(ids.next());
        });
    }
    for (auto& thread : threads)
        thread.join();
    std::set<std::string> all;
    for (const auto& mine : made)
        all.insert(mine.begin(), mine.end());
    CHECK(all.size() == 4000);
}
