# syntax=docker/dockerfile:1

# One image with the launcher, which runs any service in any stage: docker run IMAGE auth --stage native

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src
# The toolchain of this image, whatever channel rust-toolchain.toml follows.
ENV RUSTUP_TOOLCHAIN=1.95.0
# The profile keeps line tables for backtraces; they are most of the file, and the image has no source to go with them.
ENV CARGO_PROFILE_RELEASE_STRIP=debuginfo
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package launcher \
    && cp target/release/launcher /launcher

# The C library and nothing else: no shell, no package manager, user 65532. Debian 12, as the stage above.
FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f
COPY --from=build /launcher /launcher
USER 65532:65532
# All services of the container stack listen on this port; the flags and variables are `launcher --help`.
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
    CMD ["/launcher", "healthcheck", "http://127.0.0.1:8080"]
# As an array: the process itself gets the signal to stop.
ENTRYPOINT ["/launcher"]
