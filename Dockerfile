# The daemon in a small image: built with the Swift toolchain, run on Debian's slim base.
#
#   docker build -t stemma .
#   docker run -p 8765:8765 -v stemma-data:/data -v stemma-keys:/keys stemma

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-dev libssl-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Dependencies change more rarely than sources, so they are a layer of their own.
COPY Package.swift Package.resolve[d] ./
RUN swift package resolve
COPY Migrations Migrations
COPY Config Config
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --product stemma --static-swift-stdlib \
    && install -D -m 0755 "$(swift build -c release --show-bin-path)/stemma" /out/stemma \
    && strip /out/stemma

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libsqlite3-0 libssl3 libstdc++6 zlib1g ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin stemma \
    && install -d -o stemma -g stemma -m 0700 /data /keys
COPY --from=build /out/stemma /usr/local/bin/stemma
USER stemma
WORKDIR /data
# The key that signs the audit log is kept apart from the log.
VOLUME /data /keys
EXPOSE 8765
# Other containers reach it through the container's own address; who reaches the host's port is up to `docker run -p`.
ENV STEMMA_DATA_DIR=/data STEMMA_SERVER_LISTEN=0.0.0.0:8765 STEMMA_AUDIT_KEY_FILE=/keys/audit-key.pem
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s --retries=3 CMD ["stemma", "healthcheck"]
ENTRYPOINT ["stemma"]
CMD ["serve"]
