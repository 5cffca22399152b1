// Plugins with symbols of the same names see their own.
#include "worker_rig.hpp"

namespace qry::test {

TEST_CASE("each plugin sees its own symbols, whatever others export") {
    const auto host = open_isolated("process");
    // Linked without the SDK's flags, what the host's own libraries export wins over a plugin's:
    // that is the linker's rule, so those plugins are asked about the rest.
    const std::vector<std::string> careless = {"helper", "unique", "thread_local"};
    const std::vector<std::string> all = {"helper", "unique", "thread_local", "EVP_sha256", "new"};
    tally answers;
    for (int round = 0; round < runs(3); ++round) {
        for (const std::string driver : {"clash_one", "clash_two", "clash_three"}) {
            const std::string name = driver + std::to_string(round);
            const datasource_ptr source = make_source(*host, faulty_spec(name, driver));
            for (const std::string& question : driver == "clash_three" ? all : careless) {
                const auto word = run(*source, sql(question));
                if (word && *word == rows{{driver}}) {
                    answers.tried();
                } else {
                    answers.failed(
                        driver + " " + question + ": " + (word ? (*word)[0][0] : say(word))
                    );
                }
            }
        }
    }
    print_figure(
        "row 8",
        "wrong symbols " + std::to_string(answers.failures()) + " of " +
            std::to_string(answers.count())
    );
    INFO(answers.examples());
    CHECK(answers.failures() == 0);
}

}  // namespace qry::test
