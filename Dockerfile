# A static binary and nothing else: no shell, no package manager, no root.
#
#   docker build -t kairan .
#   docker run -d --name kairan --stop-timeout 95 -p 127.0.0.1:8080:8080 \
#     -v /srv/kairan/etc:/etc/kairan:ro -v kairan-data:/var/lib/kairan \
#     -v kairan-journal:/var/lib/kairan-journal -v kairan-backups:/var/backups/kairan kairan
#   docker exec kairan kairan issue ls
#
# /srv/kairan/etc holds kairan.toml and the key file (owner 65532, mode 0600); no
# key is ever part of the image. In kairan.toml: [listen] public = "0.0.0.0:8080"
# and trusted_proxies with the network that the web server in front comes from;
# the relay is another host, so tls = "starttls" or "implicit". A change of keys writes
# into /etc/kairan: mount it without :ro while `kairan keys rotate` runs.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/kairan ./cmd/kairan
RUN mkdir -m 0700 /out/data /out/journal /out/backups && mkdir -m 0755 /out/run

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/kairan /usr/local/bin/kairan
COPY --from=build --chown=65532:65532 /out/data /var/lib/kairan
COPY --from=build --chown=65532:65532 /out/journal /var/lib/kairan-journal
COPY --from=build --chown=65532:65532 /out/backups /var/backups/kairan
COPY --from=build --chown=65532:65532 /out/run /run/kairan
USER 65532:65532
VOLUME ["/var/lib/kairan", "/var/lib/kairan-journal", "/var/backups/kairan"]
EXPOSE 8080
# Longer than `grace` of [sending], which a stop gives to mail on the wire: say
# --stop-timeout 95, or stop_grace_period in Compose.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/usr/local/bin/kairan", "healthz"]
ENTRYPOINT ["/usr/local/bin/kairan"]
CMD ["serve"]
