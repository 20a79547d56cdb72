#!/bin/sh
# Builds compose-loader into $HOME/.cache/compose/. It is the loader of Docker Compose, pinned by go.mod, and lets the
# tests read docker-compose.yml where there is no Docker. It takes seconds.
set -eu

cd "$(dirname "$0")"
out="$HOME/.cache/compose"

if ! command -v go >/dev/null; then
    echo "compose-loader: building it takes the Go toolchain, which is not here" >&2
    exit 1
fi
mkdir -p "$out"
go build -o "$out/compose-loader" .
echo "compose-loader: built $out/compose-loader"
