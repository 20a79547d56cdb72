#!/bin/sh
# Builds the pinned Jaeger into $HOME/.cache/jaeger/jaeger, unless the one there was made of the same go.sum and go.mod.
set -eu

cd "$(dirname "$0")"
out="$HOME/.cache/jaeger"
stamp="$(cat go.mod go.sum | sha256sum | cut -d ' ' -f 1)"

if [ -x "$out/jaeger" ] && [ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ]; then
    echo "jaeger: $out/jaeger is up to date"
    exit 0
fi
if ! command -v go >/dev/null; then
    echo "jaeger: building it takes the Go toolchain, which is not here" >&2
    exit 1
fi

echo "jaeger: building $out/jaeger, about six minutes the first time"
mkdir -p "$out"
# Under another name first: a build that is cut short leaves nothing that looks whole.
go build -o "$out/jaeger.new" github.com/jaegertracing/jaeger/cmd/jaeger
mv "$out/jaeger.new" "$out/jaeger"
echo "$stamp" >"$out/stamp"
echo "jaeger: built $out/jaeger"
