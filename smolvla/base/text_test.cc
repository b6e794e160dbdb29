#include "smolvla/base/text.h"

#include <gtest/gtest.h>

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

TEST(ShellWord, IsQuotedWhereItMustBe) {
  EXPECT_EQ(ShellWord("data/my_set-1.v2"), "data/my_set-1.v2");
  EXPECT_EQ(ShellWord("my set"), "'my set'");
  EXPECT_EQ(ShellWord("it's $HOME"), "'it'\\''s $HOME'");
  EXPECT_EQ(ShellWord(""), "''");
}

}  // namespace
}  // namespace svla
