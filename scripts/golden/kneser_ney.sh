#!/bin/sh
# The n-gram models that Tests/LanguageModelsTests expects, by KenLM's lmplz (github.com/kpu/kenlm), whose path is the argument.
set -eu
lmplz=$1
cd "$(dirname "$0")/../../Tests/LanguageModelsTests/Fixtures"
"$lmplz" -o 3 --discount_fallback -S 5% --text sentences.txt --arpa words-3.arpa
"$lmplz" -o 3 --discount_fallback -S 5% --prune 0 0 1 --text sentences.txt --arpa words-3-pruned.arpa
characters=$(mktemp)
head -25 sentences.txt | sed 's/ /_/g; s/./& /g; s/ $//; s/_/<space>/g' > "$characters"
"$lmplz" -o 4 --discount_fallback -S 5% --text "$characters" --arpa characters-4.arpa
rm "$characters"
