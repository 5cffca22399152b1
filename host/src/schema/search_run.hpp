// One search: from words to tables and columns, best first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <qry/schema.hpp>

#include "schema/data.hpp"
#include "schema/found_texts.hpp"

namespace qry::schema {

class search_run {
public:
    search_run(const schema_snapshot::data& in, std::string_view text, std::size_t limit);
    // Once.
    [[nodiscard]] std::vector<schema_hit> run();

private:
    struct candidate {
        float score;
        std::uint32_t name_size;
        std::uint32_t table;
        // 0 = the table itself.
        text_id column;
    };

    [[nodiscard]] static bool better(const candidate& a, const candidate& b) noexcept;
    // What the names around a column hold, and all tables that hold anything.
    void mark_tables();
    void add_table(std::uint32_t index);
    [[nodiscard]] bool hopeless(text_id name, word_mask own) const;
    void add_columns_named(text_id name);
    void add_columns_remarked(text_id comment);
    void add(candidate c, word_mask holds);
    [[nodiscard]] bool worth(word_mask holds) const noexcept;
    [[nodiscard]] candidate column(std::uint32_t table, text_id name, text_id comment) const;
    [[nodiscard]] float around(const table_record& t, std::size_t word) const noexcept;
    [[nodiscard]] float as_whole(text_id name) const;
    [[nodiscard]] std::vector<schema_hit> hits();

    const schema_snapshot::data& in_;
    std::vector<std::string> words_;
    std::string whole_;
    std::size_t limit_;
    found_texts found_;
    // Of each table: words in its own name, schema and catalog; and with its comment.
    std::vector<word_mask> named_;
    std::vector<word_mask> told_;
    // Of all names around columns.
    word_mask all_named_ = 0;
    std::vector<std::uint32_t> touched_;
    // Hits that match fewer words than another hit does not count.
    int most_ = 1;
    // A heap with the worst in front, once it is full.
    std::vector<candidate> best_;
    std::size_t kept_;
};

}  // namespace qry::schema
