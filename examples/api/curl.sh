#!/bin/sh
# A job from its files to its answers, with curl alone: ./curl.sh FILE… > answers.csv
#
# URL is the server's address, SET the question set, KEY an API key (`docproc keys create NAME --scope submit --scope
# read`); a server without keys, on this machine, needs none.
set -eu
url=${URL:-http://127.0.0.1:8420} set=${SET:-document}
api() { curl -sS --fail-with-body ${KEY:+-H "Authorization: Bearer $KEY"} "$@"; }
refused() { echo "$1" >&2 && exit 1; } # a problem says what is wrong: {"code": …, "detail": …}

for file in "$@"; do
    shift
    set -- "$@" -F "files=@$file"
done

# The same request with the same key makes one job: it can be sent again when the network fails.
reply=$(api "$url/v1/jobs" "$@" -F "set=$set" -H "Idempotency-Key: $(date +%s)-$$" --retry 3) || refused "$reply"
job=$(echo "$reply" | sed 's/^{"id": *\([0-9]*\).*/\1/')
echo "job $job" >&2

# Until it has ended, at most a minute a request.
while :; do
    reply=$(api "$url/v1/jobs/$job?wait=60") || refused "$reply"
    state=$(echo "$reply" | sed 's/.*"state": *"\([a-z]*\)".*/\1/')
    echo "$state" >&2
    case $state in succeeded | partial | failed | cancelled) break ;; esac
done

api "$url/v1/jobs/$job/results?format=csv"
