# Two ways to the same image:
#   docker build .                                             builds the binary in the first stage
#   make build && buildah build --build-arg BINARY=prebuilt .  takes dist/bot from the context, offline (make image)

# Where the final stage takes the binary from: build, or prebuilt. An unused stage is never pulled.
ARG BINARY=build

FROM docker.io/library/golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/bot ./cmd/bot \
 && mkdir -p /out/spool

FROM scratch AS prebuilt
COPY dist/bot /out/bot
# Any folder of the context, empty of its files, would do: the final stage only needs a directory to own.
COPY dist/spool /out/spool

FROM ${BINARY} AS binary

FROM scratch AS final
COPY --from=binary /out/bot /bot
# The volume starts with the owner of this directory, so the user below can write to it.
COPY --from=binary --chown=65532:65532 /out/spool /spool
ENV SPOOL_DIR=/spool LISTEN_ADDR=:8080
VOLUME ["/spool"]
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/bot", "health"]
ENTRYPOINT ["/bot"]
CMD ["serve"]
