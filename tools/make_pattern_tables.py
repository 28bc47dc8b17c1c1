#!/usr/bin/env python3
"""Writes include/tessera/pattern/unicode_tables_properties_16_0.hpp: the properties that patterns name, as runs of code
points, and the letters that are equal when case is ignored.

Usage: tools/make_pattern_tables.py [--venv DIR] [--out FILE]

Everything is what the engine itself matches: Oniguruma, in Hugging Face's tokenizers, which is installed, pinned, into a
private virtual environment (or is there already, in --venv). Folds to more than one character, which an engine
does not list, are those of Python's str.casefold(), each of them checked against the engine.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

VERSION = "16.0.0"
TOKENIZERS = "0.23.3"
CATEGORIES = "Cn Cc Cf Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs".split()
# Long and short names, as in PropertyValueAliases.txt. Unknown first: it is the rest.
SCRIPTS = """
Unknown:Zzzz Common:Zyyy Inherited:Zinh Arabic:Arab Armenian:Armn Bengali:Beng Bopomofo:Bopo Cherokee:Cher Coptic:Copt
Cyrillic:Cyrl Deseret:Dsrt Devanagari:Deva Ethiopic:Ethi Georgian:Geor Gothic:Goth Greek:Grek Gujarati:Gujr
Gurmukhi:Guru Han:Hani Hangul:Hang Hebrew:Hebr Hiragana:Hira Kannada:Knda Katakana:Kana Khmer:Khmr Lao:Laoo Latin:Latn
Malayalam:Mlym Mongolian:Mong Myanmar:Mymr Ogham:Ogam Old_Italic:Ital Oriya:Orya Runic:Runr Sinhala:Sinh Syriac:Syrc
Tamil:Taml Telugu:Telu Thaana:Thaa Thai:Thai Tibetan:Tibt Canadian_Aboriginal:Cans Yi:Yiii Tagalog:Tglg Hanunoo:Hano
Buhid:Buhd Tagbanwa:Tagb Braille:Brai Cypriot:Cprt Limbu:Limb Linear_B:Linb Osmanya:Osma Shavian:Shaw Tai_Le:Tale
Ugaritic:Ugar Buginese:Bugi Glagolitic:Glag Kharoshthi:Khar Syloti_Nagri:Sylo New_Tai_Lue:Talu Tifinagh:Tfng
Old_Persian:Xpeo Balinese:Bali Batak:Batk Brahmi:Brah Cham:Cham Egyptian_Hieroglyphs:Egyp Pahawh_Hmong:Hmng
Old_Hungarian:Hung Javanese:Java Kayah_Li:Kali Lepcha:Lepc Linear_A:Lina Mandaic:Mand Meroitic_Hieroglyphs:Mero Nko:Nkoo
Old_Turkic:Orkh Old_Permic:Perm Phags_Pa:Phag Phoenician:Phnx Miao:Plrd Vai:Vaii Cuneiform:Xsux Carian:Cari
Tai_Tham:Lana Lycian:Lyci Lydian:Lydi Ol_Chiki:Olck Rejang:Rjng Saurashtra:Saur SignWriting:Sgnw Sundanese:Sund
Meetei_Mayek:Mtei Imperial_Aramaic:Armi Avestan:Avst Chakma:Cakm Kaithi:Kthi Manichaean:Mani
Inscriptional_Pahlavi:Phli Psalter_Pahlavi:Phlp Inscriptional_Parthian:Prti Samaritan:Samr Tai_Viet:Tavt Bamum:Bamu
Lisu:Lisu Old_South_Arabian:Sarb Bassa_Vah:Bass Duployan:Dupl Elbasan:Elba Grantha:Gran Mende_Kikakui:Mend
Meroitic_Cursive:Merc Old_North_Arabian:Narb Nabataean:Nbat Palmyrene:Palm Khudawadi:Sind Warang_Citi:Wara Mro:Mroo
Nushu:Nshu Sharada:Shrd Sora_Sompeng:Sora Takri:Takr Tangut:Tang Anatolian_Hieroglyphs:Hluw Khojki:Khoj Tirhuta:Tirh
Caucasian_Albanian:Aghb Mahajani:Mahj Ahom:Ahom Hatran:Hatr Modi:Modi Multani:Mult Pau_Cin_Hau:Pauc Siddham:Sidd
Adlam:Adlm Bhaiksuki:Bhks Marchen:Marc Newa:Newa Osage:Osge Masaram_Gondi:Gonm Soyombo:Soyo Zanabazar_Square:Zanb
Dogra:Dogr Gunjala_Gondi:Gong Makasar:Maka Medefaidrin:Medf Hanifi_Rohingya:Rohg Sogdian:Sogd Old_Sogdian:Sogo
Elymaic:Elym Nyiakeng_Puachue_Hmong:Hmnp Nandinagari:Nand Wancho:Wcho Chorasmian:Chrs Dives_Akuru:Diak
Khitan_Small_Script:Kits Yezidi:Yezi Cypro_Minoan:Cpmn Old_Uyghur:Ougr Tangsa:Tnsa Toto:Toto Vithkuqi:Vith Kawi:Kawi
Nag_Mundari:Nagm Garay:Gara Gurung_Khema:Gukh Kirat_Rai:Krai Ol_Onal:Onao Sunuwar:Sunu Todhri:Todr Tulu_Tigalari:Tutg
""".split()
EXTRA_SCRIPT_NAMES = {"Qaai": "Inherited", "Qaac": "Coptic"}
# Long and short names of properties with two values; those of them that are derived are derived in properties.hpp.
BINARY = """
Other_Alphabetic:OAlpha Other_Lowercase:OLower Other_Uppercase:OUpper Other_Math:OMath Emoji:Emoji Emoji_Component:EComp
Emoji_Modifier:EMod Emoji_Modifier_Base:EBase Emoji_Presentation:EPres Extended_Pictographic:ExtPict Ideographic:Ideo
Unified_Ideograph:UIdeo Join_Control:Join_C Variation_Selector:VS Regional_Indicator:RI Dash:Dash Hyphen:Hyphen
Hex_Digit:Hex ASCII_Hex_Digit:AHex Quotation_Mark:QMark Noncharacter_Code_Point:NChar
Default_Ignorable_Code_Point:DI Diacritic:Dia Extender:Ext Radical:Radical Sentence_Terminal:STerm
Terminal_Punctuation:Term Bidi_Control:Bidi_C Soft_Dotted:SD Pattern_White_Space:Pat_WS Pattern_Syntax:Pat_Syn
""".split()


def scalars(first, last):
    return [c for c in range(first, last + 1) if not 0xD800 <= c <= 0xDFFF]


class Engine:
    def __init__(self):
        from tokenizers import Regex
        from tokenizers.pre_tokenizers import Split
        self.split = lambda regex, text: [
            span for _, span in Split(Regex(regex), "removed", invert=True).pre_tokenize_str(text)]

    def matched(self, regex, code_points, text):
        """The code points that `regex`, of one character, matches."""
        found = []
        for begin, end in self.split(f"(?:{regex})+", text):
            found += code_points[begin:end]
        return found


def ranges(code_points):
    out = []
    for c in code_points:
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def values_of(engine, names, code_points, text, rest):
    value = [rest] * 0x110000
    for index, name in enumerate(names):
        if index != rest:
            for c in engine.matched(rf"\p{{{name}}}", code_points, text):
                value[c] = index
    return value


def runs(value, shift):
    return [c << shift | value[c] for c in range(0x110000) if c == 0 or value[c] != value[c - 1]]


def folds(engine, category):
    """[(code point, the next one of those equal to it)], and [(code point, what it folds to)] for several characters."""
    cased = [c for c in scalars(0, 0x10FFFF)
             if CATEGORIES[category[c]] in ("Lu", "Ll", "Lt", "Nl", "Lm", "So", "Mn")
             and (CATEGORIES[category[c]] in ("Lu", "Ll", "Lt")
                  or any(f(chr(c)) != chr(c) for f in (str.lower, str.upper, str.casefold)))]
    text = "\n".join(map(chr, cased))
    orbits = {}
    for c in cased:
        equal = sorted({ord(text[begin]) for begin, end in engine.split(rf"(?i:\x{{{c:x}}})", text)})
        assert c in equal
        if len(equal) > 1:
            orbits[c] = equal
    nexts = []
    for c, equal in orbits.items():
        assert all(orbits[e] == equal for e in equal), hex(c)
        nexts.append((c, equal[(equal.index(c) + 1) % len(equal)]))
    several = []
    for c in cased:
        folded = chr(c).casefold()
        if len(folded) > 1:
            assert engine.split(rf"(?i:\x{{{c:x}}})", folded) == [(0, len(folded))], hex(c)
            several.append((c, [ord(f) for f in folded]))
    return nexts, several


def rows(items, width=118):
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > width:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join(lines + [line])


def plain(name):
    return name.replace("_", "").lower()


def header():
    engine = Engine()
    every = scalars(0, 0x10FFFF)
    text = "".join(map(chr, every))
    category = values_of(engine, CATEGORIES, every, text, 0)
    for c in range(0xD800, 0xE000):
        category[c] = CATEGORIES.index("Cs")
    assigned = [c for c in every if CATEGORIES[category[c]] not in ("Cn", "Co")]
    assigned_text = "".join(map(chr, assigned))
    long_names = [s.split(":")[0] for s in SCRIPTS]
    script = values_of(engine, long_names, assigned, assigned_text, 0)
    names = [(plain(n), i) for i, s in enumerate(SCRIPTS) for n in dict.fromkeys(map(plain, s.split(":")))]
    names += [(plain(n), long_names.index(s)) for n, s in EXTRA_SCRIPT_NAMES.items()]
    binary_names, binary_begin, binary_ranges = [], [], []
    for index, both in enumerate(BINARY):
        binary_names += [(plain(n), index) for n in dict.fromkeys(map(plain, both.split(":")))]
        binary_begin.append(len(binary_ranges) // 2)
        for first, last in ranges(engine.matched(rf"\p{{{both.split(':')[0]}}}", every, text)):
            binary_ranges += [first, last]
    binary_begin.append(len(binary_ranges) // 2)
    nexts, several = folds(engine, category)
    category_runs, script_runs = runs(category, 5), runs(script, 8)
    hexes = lambda values: rows([f"{v:#x}" for v in values])
    named = lambda pairs: rows([f'{{"{n}", {i}}}' for n, i in sorted(pairs)])
    return f"""// Unicode {VERSION}: the properties that patterns name; properties.hpp reads them.
// Generated by tools/make_pattern_tables.py; do not edit.
#pragma once

#include <cstdint>
#include <string_view>

namespace tessera::inline v0 {{
namespace detail::unicode_properties_16_0 {{

struct named_value {{
    std::string_view name;  // lower case, without underscores
    std::uint8_t value;
}};

// Short names by their number; 0 is what is not assigned.
inline constexpr std::string_view categories[] = {{
{rows([f'"{c.lower()}"' for c in CATEGORIES])}
}};

// First code point << 5 | category.
inline constexpr std::uint32_t category_runs[] = {{
{hexes(category_runs)}
}};

// Sorted by name.
inline constexpr named_value scripts[] = {{
{named(names)}
}};

// First code point << 8 | script.
inline constexpr std::uint32_t script_runs[] = {{
{hexes(script_runs)}
}};

// Properties with two values, sorted by name.
inline constexpr named_value binary_properties[] = {{
{named(binary_names)}
}};

// Where the ranges of each begin in binary_ranges, in ranges.
inline constexpr std::uint16_t binary_begin[] = {{
{rows(map(str, binary_begin))}
}};

inline constexpr std::uint32_t binary_ranges[] = {{
{hexes(binary_ranges)}
}};

// Pairs of a code point and the next of those that are equal to it when case is ignored, in a circle; sorted.
inline constexpr std::uint32_t fold_next[] = {{
{hexes([v for pair in nexts for v in pair])}
}};

// A code point and the two or three it is equal to when case is ignored (0: no third); sorted.
inline constexpr std::uint32_t fold_to_several[] = {{
{hexes([v for c, to in several for v in [c, *to, *[0] * (3 - len(to))]])}
}};

}}  // namespace detail::unicode_properties_16_0
}}  // namespace tessera::inline v0
"""


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--venv", help="virtual environment to use or make (default: a temporary one)")
    parser.add_argument("--out", default=root / "include/tessera/pattern/unicode_tables_properties_16_0.hpp")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        pathlib.Path(options.out).write_text(header(), encoding="ascii")
        return
    with tempfile.TemporaryDirectory() as scratch:
        venv = pathlib.Path(options.venv or scratch)
        python = venv / "bin/python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", f"tokenizers=={TOKENIZERS}"], check=True)
        subprocess.run([python, __file__, "--inside", "--out", options.out], check=True)


if __name__ == "__main__":
    main()
