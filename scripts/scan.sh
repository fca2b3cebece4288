#!/usr/bin/env bash
# Lets two scanners, wapiti and sqlmap, loose on the demo practice (`make scan`):
# as nobody, as a client and as the owner, each on a demo of its own. Everything
# stays on this machine. It prints what was seen and found, and fails when there
# is a finding, or when a scanner saw so little that its silence means nothing.
#
#   SCAN_SECONDS=60   how long each may look around; attacks take some times that
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${SCAN_SECONDS:-60}
work=$(mktemp -d)
held=
stop() {
  [ -z "$held" ] || kill "$held" 2>/dev/null || true
  [ -z "$held" ] || wait "$held" 2>/dev/null || true
  held=
}
trap 'stop; rm -rf "$work"' EXIT

site= cookie= # where the demo answers, and who asks there
begin() { # PERSON
  stop
  bin/held demo --listen 127.0.0.1:0 >"$work/out" 2>"$work/err" &
  held=$!
  site= cookie=
  for _ in $(seq 600); do
    site=$(sed -n 's/^ready //p' "$work/out")
    [ -z "$site" ] || break
    kill -0 "$held" 2>/dev/null || break
    sleep 0.1
  done
  [ -n "$site" ] || { cat "$work/err" >&2; echo 'scan: the demo did not begin' >&2; exit 1; }
  [ "$1" = nobody ] || cookie=$(curl -s -o /dev/null -D - -d "as=$1" "$site/demo/sign-in" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p')
}

# still tells whether the person is signed in and the program alive.
still() { # PERSON
  local door=/account
  [ "$1" != nobody ] || door=/
  [ "$(curl -s -o /dev/null -w '%{http_code}' -H "Cookie: $cookie" "$site$door")" = 200 ] && ! grep -q '"level":"ERROR"' "$work/err"
}

# Attacks of wapiti that are not asked, each with its reason:
#   csp, http_headers, cookieflags   opinions on headers; TestEveryKindOfAnswerIsProtected and
#                                    TestTheCookieIsBoundAndForgotten hold them to the letter
#   csrf                             looks for a token in each form; Held looks at where a form comes from
#   ssrf, xxe, wapp, nikto           ask servers elsewhere
#   brute_login_form                 there is no password
attacks=backup,blindsql,buster,crlf,exec,file,htaccess,methods,permanentxss,redirect,shellshock,sql,xss

# Debian 12 pairs wapiti 3.0.4 with a Python that refuses how it reads --exclude.
wapiti_mended() {
  "$(sed -n '1s/^#! *//p' "$(command -v wapiti)")" -c '
import fnmatch, re
import wapitiCore.net.crawler as crawler
crawler.wildcard_translate = lambda pattern: re.compile(fnmatch.translate(pattern))
from wapitiCore.main.wapiti import wapiti_main
wapiti_main()' "$@"
}

found=0
row() { printf '%-8s %-8s %9s %9s  %s\n' "$@"; }
verdict() { # SCANNER PERSON SEEN LEAST FINDINGS WHAT
  local bad=$5 what=$6
  if [ "$3" -lt "$4" ]; then bad=$((bad + 1)) what="saw too little to mean anything; $what"; fi
  if ! still "$2"; then bad=$((bad + 1)) what="the session or the program did not last; $what"; fi
  row "$1" "$2" "$3" "$5" "${what%; }"
  if [ "$bad" -gt 0 ]; then tail -n 40 "$work/log" >&2; cat "$work/err" >&2; fi
  found=$((found + bad))
}

with_wapiti() { # PERSON LEAST
  local report=$work/wapiti.json args=()
  rm -f "$report"
  [ -z "$cookie" ] || args=(-H "Cookie: $cookie")
  # What ends the scanner's own session is left out, and what only the demo has.
  timeout $((seconds * 20)) bash -c "$(declare -f wapiti_mended)"'; wapiti_mended "$@"' - -u "$site/" --scope folder -m "$attacks" \
    -x "$site/sign-out*" -x "$site/demo*" -d 6 --max-files-per-dir 40 --max-links-per-page 60 --max-scan-time "$seconds" \
    --max-attack-time "$((seconds / 2))" -t 30 --flush-session --store-session "$work/wapiti" --no-bugreport -v 1 -f json -o "$report" \
    "${args[@]}" >"$work/log" 2>&1 </dev/null || true
  [ -s "$report" ] || echo '{"vulnerabilities":{"no report was written":[{}]},"anomalies":{}}' >"$report"
  local seen count what
  seen=$(sed -n 's/.*Wapiti found \([0-9]*\) URLs.*/\1/p' "$work/log")
  read -r count what < <(node -e '
    const r = JSON.parse(require("fs").readFileSync(process.argv[1]))
    const all = Object.entries({ ...r.vulnerabilities, ...r.anomalies }).flatMap(([kind, list]) => list.map((f) => `${kind}: ${f.method ?? ""} ${f.path ?? ""} ${f.parameter ?? ""}`))
    console.log(all.length, [...new Set(all)].join("; "))' "$report")
  verdict wapiti "$1" "${seen:-0}" "$2" "$count" "$what"
}

with_sqlmap() { # PERSON LEAST
  local results=$work/sqlmap.csv args=()
  rm -f "$results"
  [ -z "$cookie" ] || args=(--cookie "$cookie")
  timeout $((seconds * 10)) sqlmap -u "$site/" --crawl 4 --crawl-exclude 'sign-out|/demo|/assets' --forms --batch --level 1 --risk 1 \
    --technique BEUS --threads 4 --timeout 30 --retries 1 --skip-waf --output-dir "$work/sqlmap" --results-file "$results" --disable-coloring "${args[@]}" \
    >"$work/log" 2>&1 </dev/null || true
  local seen count
  seen=$(grep -c '^\[[0-9]*/[0-9]*\]' "$work/log" || true)
  count=$(tail -n +2 "$results" 2>/dev/null | grep -c . || true)
  verdict sqlmap "$1" "$seen" "$2" "$count" "$(tail -n +2 "$results" 2>/dev/null | tr '\n' ';' || true)"
}

row scanner as seen findings ''
for person in nobody client owner; do
  begin "$person"
  with_wapiti "$person" 20
  begin "$person"
  with_sqlmap "$person" 3
done
if [ "$found" -gt 0 ]; then printf '\nFAILED: make scan\n' >&2; exit 1; fi
printf '\nPASSED: make scan\n'
