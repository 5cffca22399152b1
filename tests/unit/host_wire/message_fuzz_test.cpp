// Whatever the other side sends is refused or understood, and never more than that.
#include "wire/message.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>

#include "bytes.hpp"
#include "samples.hpp"

using namespace qry;
using wire_test::encoded;

namespace {

using generator = std::mt19937;

void mutate(std::vector<std::byte>& payload, generator& dice) {
    const auto at = [&] { return payload.empty() ? 0 : dice() % payload.size(); };
    for (int i = static_cast<int>(dice() % 4); i >= 0; --i) {
        const auto place = static_cast<std::ptrdiff_t>(at());
        switch (dice() % 4) {
            case 0:
                if (!payload.empty()) payload[static_cast<std::size_t>(place)] = std::byte(dice());
                break;
            case 1:
                // Small numbers and all ones are what counts and lengths trip over.
                if (!payload.empty()) {
                    payload[static_cast<std::size_t>(place)] = std::byte(dice() % 2 == 0 ? 255 : 1);
                }
                break;
            case 2:
                payload.insert(payload.begin() + place, std::byte(dice()));
                break;
            default:
                if (!payload.empty()) payload.erase(payload.begin() + place);
        }
    }
}

}  // namespace

TEST_CASE("A mutated message is refused, or is another message that encodes to the same bytes") {
    generator dice(20'261'122);
    int refused = 0;
    int understood = 0;
    for (int round = 0; round != 3000; ++round) {
        wire_test::each_sample("some text: ä", [&](const auto& m) {
            auto payload = encoded(m);
            mutate(payload, dice);
            const auto back = wire::decode<std::remove_cvref_t<decltype(m)>>(payload);
            if (!back) {
                ++refused;
                // Names the frame, and quotes nothing of what came.
                if (back.error().message.rfind("frame ", 0) != 0) FAIL(back.error().message);
                return;
            }
            ++understood;
            // Maps may have come in another order.
            if (encoded(*back).size() != payload.size()) FAIL("a message of another length");
        });
    }
    CHECK(refused + understood == 3000 * 35);
    CHECK(refused > 20'000);
    CHECK(understood > 15'000);
}
