# Shared by tools/quickstart and tools/test; sourced. Finds out which Debian packages are missing and installs them.
# Needs nothing that is not on every Debian: bash, dpkg, apt-get, coreutils.

# What the program is built from. meson brings python3 and ninja; they are named because the scripts use them too.
build_packages=(g++ meson ninja-build pkg-config python3
                libxxhash-dev libsimdjson-dev libicu-dev libtbb-dev zlib1g-dev libzstd-dev libcli11-dev libeigen3-dev libopenblas-dev
                coinor-libclp-dev)
# What the tests need on top. xz-utils unpacks test data; python3-venv holds the libraries that tests compare with; clang is
# the second compiler and has the sanitizers.
test_packages=(doctest-dev libbenchmark-dev cmake xz-utils python3-venv)
second_compiler_packages=(clang-16 libclang-rt-16-dev)

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

missing_packages() {
    local package
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# install_missing INSTALL PACKAGE...   INSTALL is `yes` or `no`; with `no`, stops if anything is missing.
install_missing() {
    local install=$1 missing count
    shift
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is not Debian or a relative of it: make sure yourself that there is what these packages have:"
        say "  $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    count=${#missing[@]}
    if [ "$count" = 0 ]; then
        say "Packages: all $# are installed."
        return 0
    fi
    say "Packages missing: $count of $#"
    printf '  %s\n' "${missing[@]}"
    local line="apt-get install --no-install-recommends ${missing[*]}"
    if [ "$install" = no ]; then
        fail "not installing, as asked; install them with: sudo apt-get update && sudo $line"
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        fail "not root, and there is no sudo; as root, run: $line"
    fi
    local log status=0
    log=$(mktemp)
    say "Installing them ..."
    # The lists on the machine may be absent or out of date; fetching them takes a while, so only when it must be.
    if ! apt_get_install "${missing[@]}" 2>&1 | show_sizes "$log"; then
        say "Fetching the package lists first (apt-get update) ..."
        { as_root apt-get update && apt_get_install "${missing[@]}"; } 2>&1 | show_sizes "$log" || status=$?
    fi
    if [ "$status" != 0 ]; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        fail "apt-get failed (above); try by hand: sudo apt-get update && sudo $line"
    fi
    rm -f "$log"
}

# Keeps apt-get's output in LOG and shows of it how much there is to fetch.
show_sizes() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$1"
        case "$line" in "Need to get"* | "Fetched"*) say "  $line" ;; esac
    done
}

apt_get_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@"
}
