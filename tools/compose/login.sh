#!/bin/sh
# Logs in as a person with a phone would, and says where the trace of each request is: docker compose run --rm login
#
# The code comes from the inbox of sms, which is not published: this runs inside the stack. It takes sh, curl and sed.
set -eu

api="${API_URL:?}"
sms="${SMS_URL:?}"
phone="${PHONE:-+8613800138000}"
headers="$(mktemp)"
trap 'rm -f "$headers"' EXIT

# Calls the API, prints the body, and tells the trace on standard error.
call() {
    name="$1"
    shift
    body="$(curl --silent --show-error --fail-with-body --max-time 10 --dump-header "$headers" "$@")"
    trace="$(sed -n 's/^x-trace-id: *\([0-9a-f]*\).*/\1/p' "$headers")"
    echo "$name: ${TRACES_URL:-}/trace/${trace:-none}" >&2
    echo "$body"
}

# The value of a field in an object without nesting.
field() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

sent="$(call 'send a code' --json "{\"phone\":\"$phone\"}" "$api/v1/login/code")"
challenge="$(echo "$sent" | field challenge_id)"

# The answer is held back until the message is there.
inbox="$(curl --silent --show-error --fail-with-body --max-time 15 --header 'prefer: wait=10' \
    --header "x-service-credential: ${SERVICE_CREDENTIAL:?}" "$sms/demo/inbox/$challenge")"
code="$(echo "$inbox" | field code)"

session="$(call 'log in' --json "{\"challenge_id\":\"$challenge\",\"phone\":\"$phone\",\"code\":\"$code\"}" "$api/v1/login")"
token="$(echo "$session" | field token)"

call 'read the session' --header "authorization: Bearer $token" "$api/v1/session"
call 'log out' --request DELETE --header "authorization: Bearer $token" "$api/v1/session"
