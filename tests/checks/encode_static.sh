#!/bin/sh
# Runs examples/encode_static.cpp on a rank file trained here, and compares its ids with those of the program.
# usage: encode_static.sh TESSERA EXAMPLE TEXT
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" train --quiet --pretokenizer cl100k --vocab-size 1000 -o "$work/ranks.tiktoken" "$3"
"$2" "$work/ranks.tiktoken" <"$3" | tr -s ' \n' '\n' >"$work/of_example"
"$1" encode --quiet --documents file -t "$work/ranks.tiktoken" --pattern cl100k "$3" | tr -s ' \n' '\n' >"$work/of_program"
cmp "$work/of_example" "$work/of_program"
echo "$(wc -l <"$work/of_example") ids, all the same"
