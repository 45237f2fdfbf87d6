# patchmedic in an image that holds one program, no shell and no other file but
# the certificates.
#
#   docker build -t patchmedic --build-arg VERSION=1.0.0 .
#   docker run -p 8080:8080 -v patchmedic:/data -e PATCHMEDIC_TOKEN="$(openssl rand -hex 32)" patchmedic
#
# PATCHMEDIC_TOKEN   a secret of 16 characters or more, with every right: in the image the service
#                    listens on all addresses, and it refuses to start there while nobody has a
#                    token. Others are made with: docker run --rm -v patchmedic:/data patchmedic token create
#                    --name N --scope read,report, or beside a running service with docker exec.
#                    Requests carry one as "Authorization: Bearer ..."; /healthz and /readyz need none.
# PATCHMEDIC_LANG    en (default) or fr, for readers who name no language
# PATCHMEDIC_LOG     text (default) or json
# PATCHMEDIC_CONTENT a folder laid over the bundled content, for instance a volume on /content
#
# To serve this machine only, without a token:
#   docker run --network host -e PATCHMEDIC_LISTEN=127.0.0.1:8080 patchmedic

ARG BUILD_IMAGE=golang:1.26-bookworm
FROM ${BUILD_IMAGE} AS build
WORKDIR /src
# The modules change seldom: a layer of their own.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
# nomsgpack leaves out a codec of gin's that nothing here speaks (6 MB).
RUN CGO_ENABLED=0 go build -trimpath -tags nomsgpack -ldflags="-s -w -X main.release=${VERSION}" -o /out/patchmedic ./cmd/patchmedic
# The data folder, to be owned by the user below.
RUN mkdir -p /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/patchmedic /patchmedic
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV PATCHMEDIC_LISTEN=0.0.0.0:8080 \
    PATCHMEDIC_DATA=/data
EXPOSE 8080
VOLUME ["/data"]
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s --retries=3 CMD ["/patchmedic", "health"]
ENTRYPOINT ["/patchmedic"]
CMD ["serve"]
