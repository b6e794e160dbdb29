#include "smolvla/base/text.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace svla {
namespace {

TEST(Printable, LeavesGoodTextAlone) {
  EXPECT_EQ(Printable("lift the cube\n\tschön 漢字 🤖"),
            "lift the cube\n\tschön 漢字 🤖");
  EXPECT_EQ(Printable(""), "");
}

TEST(Printable, SpellsControlCharactersOut) {
  EXPECT_EQ(Printable(std::string_view("a\x1b[31m\0b", 8)), "a\\x1b[31m\\x00b");
  EXPECT_EQ(Printable("\x7f"), "\\x7f");
}

TEST(Printable, SpellsBrokenUtf8Out) {
  EXPECT_EQ(Printable("\xff"), "\\xff");
  EXPECT_EQ(Printable("\xc3"), "\\xc3");                    // cut
  EXPECT_EQ(Printable("\xc0\xaf"), "\\xc0\\xaf");           // longer than needed
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(Printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(Utf8, IsToldFromOtherBytes) {
  EXPECT_TRUE(IsUtf8("schön 漢字 🤖"));
  EXPECT_TRUE(IsUtf8(""));
  for (const char* text : {"a\xff", "\xc3", "\xed\xa0\x80"}) EXPECT_FALSE(IsUtf8(text));
}

TEST(ShellQuoted, LeavesAloneWhatMeansNothingToAShell) {
  EXPECT_EQ(ShellQuoted("/data/my-set_2@v1.0"), "/data/my-set_2@v1.0");
}

TEST(ShellQuoted, QuotesTheRest) {
  EXPECT_EQ(ShellQuoted(""), "''");
  EXPECT_EQ(ShellQuoted("my set"), "'my set'");
  EXPECT_EQ(ShellQuoted("~/$HOME;`ls`*"), "'~/$HOME;`ls`*'");
  EXPECT_EQ(ShellQuoted("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellQuoted("b\\a"), "'b\\a'");
  EXPECT_EQ(ShellQuoted("schön"), "'schön'");
}

TEST(ShellQuoted, SpellsOutWhatATerminalWouldNotShow) {
  EXPECT_EQ(ShellQuoted("a\nb"), "$'a\\x0ab'");
  EXPECT_EQ(ShellQuoted("a\xff'\\"), "$'a\\xff\\'\\\\'");
}

// What bash makes of the words that are written so is the text itself.
TEST(ShellQuoted, BashReadsTheTextAgain) {
  for (const std::string text : {"", "my set", "it's", "a\nb\x1b[1m'c'\\", "\xff$(x)",
                                 "-", "schön \xc3", "\t#!&|<>(){}[]?*\"~="}) {
    // Through the environment, because popen's own shell knows no $'...'.
    const std::string command = "printf %s " + ShellQuoted(text);
    ASSERT_EQ(::setenv("SHELL_QUOTED_TEST", command.c_str(), 1), 0);
    FILE* const pipe = ::popen("bash -c \"$SHELL_QUOTED_TEST\"", "r");
    std::string read;
    for (int c; (c = std::fgetc(pipe)) != EOF;) read += static_cast<char>(c);
    EXPECT_EQ(::pclose(pipe), 0);
    EXPECT_EQ(read, text) << command;
  }
}

}  // namespace
}  // namespace svla
