// The XML of Amazon's services. Input: the document.
#include <string>

#include <qry/kit/auth/xml.hpp>

#include "fuzz.hpp"

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    using namespace qry;
    const std::string_view document = pieces::text(input);
    const auto read = auth::read_xml(document);
    if (!read) return;
    require(read->size() <= 1'000, "a document has at most so many elements");
    for (const auto& text : *read) {
        require(!text.path.empty(), "a text has a path");
        require(text.text.size() <= document.size(), "nothing is longer than the document");
        require(
            !auth::find_xml(*read, text.path).empty() || text.text.empty() ||
                auth::find_xml(*read, text.path).data() != nullptr,
            "what is there is found"
        );
    }
}
