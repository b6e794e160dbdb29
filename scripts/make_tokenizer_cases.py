#!/usr/bin/env python3
"""Writes strings with the ids that Hugging Face's `tokenizers` gives them.

  make_tokenizer_cases.py TOKENIZER_DIR --out testdata/tokenizer_cases.json

TOKENIZER_DIR holds tokenizer.json. The file also names, for every code point, the
class that the pre-tokenizers put it in, and which tokenizer it was (FNV-1a, 64
bits, of tokenizer.json). The same seed and packages give the same file.
"""

import argparse
import json
import pathlib
import random
import sys

import tokenizers
from tokenizers import pre_tokenizers

WORDS = """pick up the red cube and place it in box put lift open close drawer gripper
left right arm sort Lego bricks by colour don't can't it's we'll I'm they've he'd you're
'S 'LL O'Reilly rock'n'roll snake_case camelCase HTTP/2 e.g. a.b@c.org https://hf.co
naïve café façade Ångström Straße ﬁnger İstanbul ǅ ª º ʰ привет мир Ελληνικά""".split()
CJK = "把红色方块放进盒子里请抓住杯子赤い立方体を箱に入れてください빨간큐브를상자에넣어 𠀀𠮷㐂々〆ヶｱｲｳ"
RTL = "ضع المكعب الأحمر في الصندوق שים את הקובייה בקופסה ۱۲۳ ٤٥٦ فارسی‌ها"
INDIC = "लाल घन को डिब्बे में रखो ১২৩ தமிழ் ไทยสวัสดี ພາສາລາວ မြန်မာ ខ្មែរ"
EMOJI = ["😀", "👍🏽", "👩‍🚀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇫🇷", "❤️", "1️⃣", "🤖", "🦾", "☕", "🫨", "🧑🏿‍🦰"]
COMPOSED = ["é", "e\u0301", "ñ", "n\u0303", "Å", "A\u030a", "\u1e69", "s\u0323\u0307",
            "가", "\u1100\u1161", "\u0344", "\ufb01", "a\u0300\u0301\u0302"]
NUMBERS = ["0", "7", "12", "3.14", "1,000", "1e-5", "007", "½", "²³", "Ⅻ", "٣٤", "१२",
           "①②", "〇", "一二", "𝟘𝟙", "1st", "v2.0", "3x4", "90°"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", "\r", "\v", "\f", "\u0085",
          "\u00a0", "\u1680", "\u2003", "\u200a", "\u2028", "\u202f", "\u3000",
          "\u180e", "\u200b", "\ufeff", " " * 17]
CONTROLS = [chr(c) for c in range(32)] + ["\x7f", "\x80", "\x9f", "\x00\x00", "\x1b[31m"]
# Assigned in Unicode 15 to 17, or not at all.
NEW = [0x1C89, 0x1C8A, 0xA7CB, 0xA7DA, 0x105C0, 0x105F3, 0x10D40, 0x10D4A, 0x10EC2, 0x11240,
       0x11380, 0x113D0, 0x116D0, 0x11BC0, 0x11BF0, 0x11DE0, 0x11F02, 0x11F50, 0x13460,
       0x16100, 0x16D40, 0x16FF4, 0x18CFF, 0x1CCF0, 0x1E030, 0x1E4D0, 0x1E4F0, 0x1E5D0,
       0x1E5F1, 0x1F6DC, 0x1FAE8, 0x1FAE9, 0x2EBF0, 0x31350, 0x323AF, 0x323B0, 0x378,
       0x2FE0, 0xE0080, 0x40000, 0x80000, 0xC0000, 0xE000, 0xFFFE, 0xFFFF, 0x10FFFF]


def code_point(rng, most):
    while True:
        c = rng.randrange(most)
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def special(rng, added):
    token = rng.choice(added)
    kind = rng.randrange(8)
    if kind == 0:
        return token[: rng.randrange(1, len(token))]
    if kind == 1:
        return token[rng.randrange(1, len(token)):]
    if kind == 2:
        return token + rng.choice(added)
    if kind == 3:
        return token.upper()
    if kind == 4:
        return "<" + token + ">"
    return token


def piece(rng, added):
    """One ingredient; words are the most frequent, as in a task."""
    return rng.choice([
        lambda: " " + rng.choice(WORDS),
        lambda: " " + rng.choice(WORDS),
        lambda: " " + rng.choice(WORDS),
        lambda: rng.choice(WORDS),
        lambda: rng.choice(SPACES),
        lambda: "".join(rng.choices(SPACES, k=rng.randrange(1, 5))),
        lambda: rng.choice(NUMBERS),
        lambda: rng.choice(SPACES) + rng.choice(NUMBERS),
        lambda: special(rng, added),
        lambda: rng.choice(EMOJI),
        lambda: rng.choice(COMPOSED),
        lambda: "".join(rng.choices(CJK, k=rng.randrange(1, 6))),
        lambda: "".join(rng.choices(RTL, k=rng.randrange(1, 8))),
        lambda: "".join(rng.choices(INDIC, k=rng.randrange(1, 6))),
        lambda: rng.choice(CONTROLS),
        lambda: chr(rng.choice(NEW)),
        lambda: code_point(rng, 0x3000),
        lambda: code_point(rng, 0x20000),
        lambda: code_point(rng, 0x110000),
        lambda: "".join(rng.choices("!?.,;:-_()[]{}'\"`/\\|@#$%^&*+=~<>", k=rng.randrange(1, 5))),
        lambda: "'" + rng.choice(["s", "t", "re", "ve", "m", "ll", "d", "S", "RE", "x", ""]),
        lambda: "".join(chr(rng.randrange(32, 127)) for _ in range(rng.randrange(1, 8))),
    ])()


def strings(seed, count, added):
    rng = random.Random(seed)
    yield from ["", "\n", " ", "a", "Ġ", "<image>", "put  3 cubes", "a\n\n1", "a\u00a0\u00a0b"]
    yield from added
    yield from (chr(c) for c in NEW)
    yield from (f"a{c}b {c} {c}1" for c in CONTROLS)
    yield from (f"x{c}y{c}{c}7" for c in SPACES)
    yield "a" * 3000
    yield " " * 1500 + "b"
    yield "lift " * 300
    yield "😀" * 200
    for i in range(count):
        length = rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 8, 12])
        yield "".join(piece(rng, added) for _ in range(length))


def fnv1a(data):
    digest = 0xCBF29CE484222325
    for byte in data:
        digest = (digest ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{digest:016x}"


def classes():
    """Ranges [first, last] of code points by class, as the engines see them: one
    is found by what it joins in a piece."""
    words = pre_tokenizers.ByteLevel(add_prefix_space=False)
    digits = pre_tokenizers.Digits(individual_digits=True)
    joins = {"letter": "a", "number": "1", "space": "\t", "other": "!"}
    ranges = {name: [] for name in [*joins, "digit"]}

    def add(name, c):
        if ranges[name] and ranges[name][-1][1] == c - 1:
            ranges[name][-1][1] = c
        else:
            ranges[name].append([c, c])

    for c in range(0x110000):
        if 0xD800 <= c < 0xE000:
            continue
        for name, neighbour in joins.items():
            if len(words.pre_tokenize_str(neighbour + chr(c))) == 1:
                add(name, c)
        if len(digits.pre_tokenize_str("a" + chr(c))) == 2:
            add("digit", c)
    del ranges["other"]  # what is left
    return ranges


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokenizer", type=pathlib.Path, metavar="TOKENIZER_DIR")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=2200, help="random strings")
    args = parser.parse_args()

    path = args.tokenizer / "tokenizer.json"
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    added = [t.content for t in tokenizer.get_added_tokens_decoder().values()]
    texts = list(dict.fromkeys(strings(args.seed, args.count, added)))
    lines = [json.dumps([text, tokenizer.encode(text, add_special_tokens=False).ids],
                        separators=(",", ":")) for text in texts]
    head = {
        "made_by": f"scripts/make_tokenizer_cases.py, tokenizers {tokenizers.__version__}",
        "fnv1a": fnv1a(path.read_bytes()),
        "size": tokenizer.get_vocab_size(),
        "classes": classes(),
    }
    body = json.dumps(head, separators=(",", ":"))[:-1]
    args.out.write_text(body + ',\n"cases":[\n' + ",\n".join(lines) + "\n]}\n")
    print(f"{args.out}: {len(texts)} strings, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    sys.exit(main())
