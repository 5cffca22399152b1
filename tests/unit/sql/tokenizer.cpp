#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

#include <qry/kit/sql/tokenizer.hpp>

using namespace qry::sql;

namespace {

constexpr dialect all[] = {
    dialect::ansi,
    dialect::postgresql,
    dialect::sqlite,
    dialect::sqlserver,
    dialect::oracle,
    dialect::snowflake,
    dialect::bigquery,
    dialect::spark};

// The tokens but blanks, as "KIND:text" in <>, for comparing at a glance.
std::string tokens(std::string_view sql, dialect of) {
    static constexpr const char* letters[] = {"_", "C", "w", "n", "s", "i", "p", "q", ";", "o"};
    std::string out;
    tokenizer from(sql, of);
    while (const auto t = from.next()) {
        if (t->kind == token_kind::space) continue;
        out += std::string("<") + letters[static_cast<int>(t->kind)] + ":" + std::string(t->text) +
               ">";
    }
    return out;
}

}  // namespace

TEST_CASE("a plain statement is cut into words, numbers, symbols, placeholders") {
    CHECK(
        tokens("select a.b, 1.5e3 from \"t\" where x=$12 and y=?;", dialect::ansi) ==
        "<w:select><w:a><o:.><w:b><o:,><n:1.5e3><w:from><i:\"t\"><w:where><w:x><o:=><p:$12><w:and>"
        "<w:y><o:=><q:?><;:;>"
    );
    CHECK(tokens("", dialect::ansi).empty());
    CHECK(tokens("größe", dialect::ansi) == "<w:größe>");
}

TEST_CASE("a doubled quote stays inside its literal or identifier") {
    CHECK(tokens("'it''s ?' \"a\"\"?\"", dialect::ansi) == "<s:'it''s ?'><i:\"a\"\"?\">");
    CHECK(tokens("'' ''''", dialect::ansi) == "<s:''><s:''''>");
}

TEST_CASE("comments end with their line, or with their star") {
    CHECK(tokens("a -- b ? '\nc", dialect::ansi) == "<w:a><C:-- b ? '><w:c>");
    CHECK(tokens("a /* ? ' ; */ b", dialect::ansi) == "<w:a><C:/* ? ' ; */><w:b>");
    CHECK(tokens("a-- b", dialect::ansi) == "<w:a><C:-- b>");
    CHECK(tokens("1--2", dialect::ansi) == "<n:1><C:--2>");
    CHECK(tokens("a /*/ b */ c", dialect::ansi) == "<w:a><C:/*/ b */><w:c>");
}

TEST_CASE("comments nest in PostgreSQL and SQL Server, and nowhere else") {
    const char* sql = "/* a /* b */ c */ d";
    CHECK(tokens(sql, dialect::postgresql) == "<C:/* a /* b */ c */><w:d>");
    CHECK(tokens(sql, dialect::sqlserver) == "<C:/* a /* b */ c */><w:d>");
    CHECK(tokens(sql, dialect::sqlite) == "<C:/* a /* b */><w:c><o:*><o:/><w:d>");
    CHECK(tokens(sql, dialect::oracle) == "<C:/* a /* b */><w:c><o:*><o:/><w:d>");
}

TEST_CASE("a backslash is a character in PostgreSQL, but not in E strings") {
    CHECK(tokens(R"('a\' 'b')", dialect::postgresql) == R"(<s:'a\'><s:'b'>)");
    CHECK(tokens(R"(E'a\'?' e'\\' x)", dialect::postgresql) == R"(<s:E'a\'?'><s:e'\\'><w:x>)");
    CHECK(tokens(R"(E'it''s \' ?')", dialect::postgresql) == R"(<s:E'it''s \' ?'>)");
    // A word that ends in e is no prefix, and neither is one with a blank behind.
    CHECK(tokens(R"(case'a\' x)", dialect::postgresql) == R"(<w:case><s:'a\'><w:x>)");
    CHECK(tokens(R"(e 'a\' x)", dialect::postgresql) == R"(<w:e><s:'a\'><w:x>)");
    CHECK(tokens(R"(E'a\' x)", dialect::ansi) == R"(<w:E><s:'a\'><w:x>)");
}

TEST_CASE("an E string goes on behind a line break, with its backslashes") {
    CHECK(tokens("E'a'\n 'b\\'?' c", dialect::postgresql) == "<s:E'a'\n 'b\\'?'><w:c>");
    CHECK(tokens("E'a' -- x\n'b\\'' c", dialect::postgresql) == "<s:E'a' -- x\n'b\\''><w:c>");
    CHECK(tokens("E'a' 'b\\' c", dialect::postgresql) == "<s:E'a'><s:'b\\'><w:c>");
}

TEST_CASE("dollar quotes need their own tag to end") {
    CHECK(tokens("$$ ? ' $$ x", dialect::postgresql) == "<s:$$ ? ' $$><w:x>");
    CHECK(tokens("$a$ $$ $b$ ? $a$ x", dialect::postgresql) == "<s:$a$ $$ $b$ ? $a$><w:x>");
    CHECK(tokens("a$b$ c$b$", dialect::postgresql) == "<w:a$b$><w:c$b$>");
    CHECK(tokens("$1$2", dialect::postgresql) == "<p:$1><p:$2>");
    CHECK(tokens("$a + $", dialect::postgresql) == "<o:$><w:a><o:+><o:$>");
    CHECK(tokens("$$?$$ $a$", dialect::snowflake) == "<s:$$?$$><o:$><w:a$>");
    CHECK(tokens("$$?", dialect::sqlite) == "<o:$><o:$><q:?>");
}

TEST_CASE("identifiers are quoted as each dialect does") {
    CHECK(tokens("`a?``b` [c?]", dialect::sqlite) == "<i:`a?``b`><i:[c?]>");
    CHECK(tokens("[a?]]b] c", dialect::sqlserver) == "<i:[a?]]b]><w:c>");
    CHECK(tokens("x[1]", dialect::postgresql) == "<w:x><o:[><n:1><o:]>");
    CHECK(tokens("`a.b?`", dialect::bigquery) == "<i:`a.b?`>");
    CHECK(tokens("`a`", dialect::ansi) == "<o:`><w:a><o:`>");
}

TEST_CASE("strings of the other dialects hide what is in them") {
    CHECK(tokens(R"("a\"?" '\'?')", dialect::spark) == R"(<s:"a\"?"><s:'\'?'>)");
    CHECK(tokens(R"(r'a\' x)", dialect::spark) == R"(<s:r'a\'><w:x>)");
    CHECK(tokens(R"('''a'?''' x)", dialect::bigquery) == R"(<s:'''a'?'''><w:x>)");
    CHECK(tokens("# ? '\nx", dialect::bigquery) == "<C:# ? '><w:x>");
    CHECK(tokens("// ? '\nx", dialect::snowflake) == "<C:// ? '><w:x>");
    CHECK(tokens("q'[it's ?]' x", dialect::oracle) == "<s:q'[it's ?]'><w:x>");
    CHECK(tokens("NQ'!it's ?!' x", dialect::oracle) == "<s:NQ'!it's ?!'><w:x>");
}

TEST_CASE("what is not closed reaches to the end") {
    CHECK(tokens("a 'b ? ;", dialect::ansi) == "<w:a><s:'b ? ;>");
    CHECK(tokens("a /* b ? ;", dialect::ansi) == "<w:a><C:/* b ? ;>");
    CHECK(tokens("a $x$ b ? $y$", dialect::postgresql) == "<w:a><s:$x$ b ? $y$>");
    CHECK(tokens("E'\\", dialect::postgresql) == "<s:E'\\>");
    CHECK(tokens("q'", dialect::oracle) == "<s:q'>");
    CHECK(tokens("[a", dialect::sqlserver) == "<i:[a>");
}

TEST_CASE("every byte of any text is in exactly one token, in every dialect") {
    std::mt19937 random(7);
    const std::string alphabet = "'\"`[]$?;-/*\\\n eEqrNt1.#\xc3\xbc()";
    std::uniform_int_distribution<std::size_t> letter(0, alphabet.size() - 1);
    int checked = 0;
    for (int round = 0; round != 5'000; ++round) {
        std::vector<char> text(static_cast<std::size_t>(round % 40));
        for (char& c : text)
            c = alphabet[letter(random)];
        const std::string_view sql(text.data(), text.size());
        for (const dialect of : all) {
            std::size_t covered = 0;
            bool whole = true;
            tokenizer from(sql, of);
            while (const auto t = from.next()) {
                whole = whole && !t->text.empty() && t->text.data() == sql.data() + covered;
                covered += t->text.size();
            }
            // One assertion for a text: a million of them would be most of the test's time.
            if (!whole || covered != sql.size()) FAIL("lost bytes of: " << sql);
            ++checked;
        }
    }
    CHECK(checked == 40'000);
}

TEST_CASE("a manifest's word names its dialect") {
    CHECK(dialect_of("postgresql") == dialect::postgresql);
    CHECK(dialect_of("redshift") == dialect::postgresql);
    CHECK(dialect_of("databricks") == dialect::spark);
    CHECK(dialect_of("trino") == dialect::trino);
    CHECK(dialect_of("") == dialect::ansi);
}
