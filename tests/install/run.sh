#!/bin/bash
# Installs a copy and uses it in the three ways a stranger would: pkg-config, CMake, and as a Meson subproject.
# usage: run.sh SOURCE_FOLDER BUILD_FOLDER CXX...
set -euo pipefail
source=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
shift 2
here=$source/tests/install
gpt2=$source/data/gpt2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf -- '-- %s\n' "$*"; }

say "install"
meson install -C "$build" --no-rebuild --quiet --destdir "$work/stage"
# Found by looking, and then moved: nothing in an installed copy may depend on where it was configured to lie.
staged=$(dirname "$(dirname "$(find "$work/stage" -path '*/include/tessera' -type d)")")
mv "$staged" "$work/prefix"
prefix=$work/prefix
if find "$prefix/include" -type f ! -name '*.hpp' | grep .; then
    say "these are no headers"
    exit 1
fi
(cd "$source/include" && find tessera -name '*.hpp' | sort) >"$work/wanted"
(cd "$prefix/include" && find tessera -name '*.hpp' | sort) >"$work/found"
diff "$work/wanted" "$work/found"
if [ -x "$prefix/bin/tessera" ]; then
    "$prefix/bin/tessera" --version
    "$prefix/bin/tessera" train --quiet --preset kl3m-legal --pad-to none -o "$work/legal.json" "$source/README.md"
fi

say "pkg-config"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name tessera.pc)")
export PKG_CONFIG_PATH
flags=(--define-variable=prefix="$prefix")
[ "$(pkg-config --modversion tessera)" = 0.1.0 ]
# Split into words, as in a makefile.
# shellcheck disable=SC2046
"$@" -std=c++20 "$here/consumer.cpp" $(pkg-config "${flags[@]}" --cflags --libs tessera) -o "$work/by_pkg_config"
"$work/by_pkg_config"
io=$(pkg-config --variable=io_requires tessera)
train=$(pkg-config --variable=train_requires tessera)
# shellcheck disable=SC2046,SC2086
"$@" -std=c++20 "$here/consumer_full.cpp" $(pkg-config "${flags[@]}" --cflags --libs tessera $io $train) \
    -o "$work/full_by_pkg_config"
"$work/full_by_pkg_config" "$gpt2"

say "CMake"
mkdir "$work/cmake"
cp "$here"/CMakeLists.txt "$here"/*.cpp "$work/cmake"
cmake -S "$work/cmake" -B "$work/cmake/build" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$1" >"$work/log" ||
    { cat "$work/log"; exit 1; }
cmake --build "$work/cmake/build" --parallel 2 >"$work/log" || { cat "$work/log"; exit 1; }
"$work/cmake/build/consumer"
"$work/cmake/build/consumer_full" "$gpt2"

say "Meson subproject"
unset PKG_CONFIG_PATH  # or the installed copy would be found first
mkdir -p "$work/meson/subprojects/tessera"
cp "$here"/*.cpp "$work/meson"
cp "$here/consumer.meson.build" "$work/meson/meson.build"
(cd "$source" && cp -r meson.build meson_options.txt include tools "$work/meson/subprojects/tessera")
meson setup "$work/meson/build" "$work/meson" >"$work/log" || { cat "$work/log"; exit 1; }
ninja -C "$work/meson/build" >"$work/log" || { cat "$work/log"; exit 1; }
"$work/meson/build/consumer"
"$work/meson/build/consumer_full" "$gpt2"
[ ! -e "$work/meson/build/subprojects/tessera/tessera" ] || { say "a subproject builds no program"; exit 1; }
say "all three work"
