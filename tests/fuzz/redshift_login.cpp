// The start-up of a Redshift session against a server that says anything. Input: whether it is
// encrypted and has a token, the server's bytes.
#include <string>

#include "fuzz.hpp"
#include "login.hpp"

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    using namespace qry;
    using redshift::login;
    pieces in(input);
    const std::uint8_t how = in.number();
    const secret password("correct horse");
    const secret token("a.b.c");
    redshift::identity who{
        .user = "ada",
        .database = "dev",
        .application_name = {},
        .password = (how & 4) != 0 ? nullptr : &password,
        .token = (how & 2) != 0 ? &token : nullptr,
        .token_type = {},
        .identity_namespace = {}};
    const bool encrypted = (how & 1) != 0;
    login at(who, encrypted, "1700000000000");
    postgresql::input_buffer arrived;
    postgresql::output_buffer out;
    at.begin(out);
    out.sent(out.pending().size());
    while (!in.empty()) {
        const auto piece = in.bytes(arrived.space().size());
        std::copy(piece.begin(), piece.end(), arrived.space().begin());
        arrived.received(piece.size());
        postgresql::frame f;
        while (arrived.next(f) == postgresql::input_buffer::next_result::complete) {
            const auto state = at.take(f, out);
            const std::string said = std::string(pieces::text(out.pending()));
            if (!encrypted) {
                require(
                    said.find("correct horse") == std::string::npos &&
                        said.find("a.b.c") == std::string::npos,
                    "no secret is said where others hear it"
                );
            }
            out.sent(out.pending().size());
            if (state == login::state::failed) {
                require(!at.failure().message.empty(), "a refusal has a reason");
                return;
            }
            if (state == login::state::ready) {
                require(at.accepted(), "a session is ready once the login was accepted");
                return;
            }
        }
    }
}
