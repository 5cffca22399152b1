#include "schema/word_index.hpp"

#include <algorithm>
#include <numeric>

#include "schema/lookup.hpp"
#include "schema/words.hpp"

namespace qry::schema {

namespace {

std::uint32_t place(std::uint32_t table, place_role role) {
    return table | static_cast<std::uint32_t>(role) << place_shift;
}

// fn(text, place) for every text that a search looks at: tables first, then columns.
template <class Function>
void each_place(const staging& from, Function fn) {
    for (std::uint32_t t = 0; t < from.tables.size(); ++t) {
        const table_record& table = from.tables[t];
        fn(table.catalog, place(t, place_role::catalog));
        fn(table.schema, place(t, place_role::schema));
        fn(table.name, place(t, place_role::table_name));
        fn(table.comment, place(t, place_role::table_comment));
    }
    for (std::uint32_t t = 0; t < from.tables.size(); ++t) {
        const table_record& table = from.tables[t];
        for (std::uint32_t c = 0; c < table.column_count; ++c) {
            const column_record& column = from.columns[table.first_column + c];
            fn(column.name, place(t, place_role::column_name));
            fn(column.comment, place(t, place_role::column_comment));
        }
    }
}

void add_places(const staging& from, word_index& out) {
    auto& first = out.first_places;
    first.assign(from.texts.ends().size() + 1, 0);
    each_place(from, [&](text_id text, std::uint32_t) {
        if (text != 0) ++first[text + 1];
    });
    std::partial_sum(first.begin(), first.end(), first.begin());
    out.places.resize(first.back());
    auto next = first;
    each_place(from, [&](text_id text, std::uint32_t where) {
        if (text != 0) out.places[next[text]++] = where;
    });
}

class word_collector {
public:
    // Words end at every border, and once more at hard ones only: who writes in lower case does not
    // know of humps.
    void add(text_id text, std::string_view raw, std::string_view folded) {
        std::size_t begin = 0;
        std::size_t begin_hard = 0;
        for (std::size_t i = 1; i <= raw.size(); ++i) {
            const word_border found = border(raw, i);
            if (found == word_border::none) continue;
            if (in_word(static_cast<unsigned char>(raw[begin]))) {
                add_word(text, folded, begin, i);
                if (found == word_border::hard && begin_hard != begin) {
                    add_word(text, folded, begin_hard, i);
                }
            }
            begin = i;
            if (found == word_border::hard) begin_hard = i;
        }
    }

    void finish(word_index& out) {
        const std::size_t count = words_.ends().size() - 1;
        std::vector<text_id> order(count);
        std::iota(order.begin(), order.end(), 1u);
        std::sort(order.begin(), order.end(), [this](text_id a, text_id b) {
            return words_.text(a) < words_.text(b);
        });
        std::vector<std::uint32_t> rank(count + 1);
        for (std::uint32_t i = 0; i < count; ++i) {
            rank[order[i]] = i;
            out.word_bytes += words_.text(order[i]);
            out.word_ends.push_back(static_cast<std::uint32_t>(out.word_bytes.size()));
        }
        auto& first = out.first_postings;
        first.assign(count + 1, 0);
        for (const auto& [word, posting] : found_)
            ++first[rank[word] + 1];
        std::partial_sum(first.begin(), first.end(), first.begin());
        out.postings.resize(found_.size());
        auto next = first;
        for (const auto& [word, posting] : found_)
            out.postings[next[rank[word]]++] = posting;
    }

private:
    void add_word(text_id text, std::string_view folded, std::size_t begin, std::size_t end) {
        const text_id word = words_.intern(folded.substr(begin, end - begin));
        if (word >= last_text_.size()) last_text_.resize(word * 2 + 1);
        // Where it occurs first, it fits best.
        if (last_text_[word] == text) return;
        last_text_[word] = text;
        std::uint32_t posting = text;
        if (begin == 0) posting |= posting_first;
        if (begin == 0 && end == folded.size()) posting |= posting_whole;
        found_.emplace_back(word, posting);
    }

    text_pool words_;
    std::vector<text_id> last_text_;
    std::vector<std::pair<text_id, std::uint32_t>> found_;
};

}  // namespace

word_index make_word_index(const staging& from) {
    word_index out;
    add_places(from, out);
    const std::string folded = fold(from.texts.bytes());
    const auto& ends = from.texts.ends();
    word_collector words;
    for (text_id text = 1; text < ends.size(); ++text) {
        // Types and defaults are not searched for.
        if (out.first_places[text] == out.first_places[text + 1]) continue;
        const std::string_view raw = from.texts.text(text);
        words.add(text, raw, std::string_view(folded).substr(ends[text - 1], raw.size()));
    }
    words.finish(out);
    return out;
}

}  // namespace qry::schema
