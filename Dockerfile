# SQLite is compiled in with cgo, so both stages are Debian 12 and share its C library.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN mkdir -p /out/data \
    && CGO_ENABLED=1 go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/fixfirst ./cmd/fixfirst

FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /out/fixfirst /usr/local/bin/fixfirst
COPY --from=build --chown=nonroot:nonroot --chmod=700 /out/data /data
ENV FIXFIRST_DB=sqlite:/data/fixfirst.db FIXFIRST_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/fixfirst"]
CMD ["serve"]
