#!/bin/sh
# Prints the path of a Chromium that starts, installing one where it can. $1: the Python that has playwright.
# Everything else goes to stderr, so that CHROMIUM="$(sh tests/chromium.sh .venv/bin/python)" holds only the path.

python=${1:-python3}

# A browser that is only a stub (Ubuntu's snap launcher without snap) does not count.
starts() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

first_of() {
    for name in "$@"; do
        path=$(command -v "$name" 2>/dev/null) || continue
        if starts "$path"; then printf '%s\n' "$path"; return 0; fi
    done
    return 1
}

there() {
    first_of "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable && return 0
    [ "$(uname 2>/dev/null)" = Darwin ] || return 1
    first_of "/Applications/Chromium.app/Contents/MacOS/Chromium" \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
}

of_playwright() {
    path=$("$python" -c 'from playwright.sync_api import sync_playwright as start
with start() as playwright: print(playwright.chromium.executable_path)' 2>/dev/null) || return 1
    starts "$path" && printf '%s\n' "$path"
}

by_debian() {
    [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] || return 1
    echo 'Installing chromium with apt-get.' >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null >&2 && apt-get install -y -qq --no-install-recommends chromium </dev/null >&2
}

by_playwright() {
    echo 'Installing the Chromium of Playwright.' >&2
    "$python" -m playwright install chromium </dev/null >&2
}

there || of_playwright && exit 0
by_debian && there && exit 0
by_playwright && of_playwright && exit 0
echo 'The browser tests need a Chromium: please install the package "chromium" (or Google Chrome), or set CHROMIUM to the path of one, and try again.' >&2
exit 1
