# Two commands do everything: `make run` and `make test`. Both install what they need, or say precisely how.
GO ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
BUF := @bufbuild/buf@1.75.0

.PHONY: run demo test race lint generate bench kill full chat fuzz build postgres chromium cgo

run: build ## serve on the embedded database in ./fixfirst-data
	./bin/fixfirst serve

demo: build ## the same with sample sellers, guides and a simulated month of shoppers
	./bin/fixfirst demo

build: cgo
	$(GO) build -o bin/fixfirst ./cmd/fixfirst

test: cgo postgres chromium ## everything that must hold, on both engines
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...
	$(GO) test -race -timeout 20m ./store/... ./troubleshoot/... ./guides/search

race: cgo postgres ## the same with the race detector
	$(GO) test -race -timeout 60m ./...

lint: ## static checks of code and protos
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "run gofmt -w on these"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	npx --yes $(BUF) lint
	npx --yes $(BUF) format --diff --exit-code
	@if git rev-parse -q --verify origin/main >/dev/null 2>&1; then npx --yes $(BUF) breaking --against '.git#ref=origin/main'; fi

generate: ## Go and OpenAPI from the protos; the results are committed
	npx --yes $(BUF) format -w proto
	npx --yes $(BUF) generate

bench: build ## speed as ratios to yardsticks in the same run
	$(GO) run ./cmd/bench -binary bin/fixfirst

kill: build ## 200 kill -9 under load
	FIXFIRST_KILLS=200 $(GO) test -count=1 -timeout 60m -v -run TestKillLosesNothing ./cmd/fixfirst/e2e

full: build postgres ## the acceptance tests at the size the promises are made for
	FIXFIRST_FULL=1 $(GO) test -count=1 -timeout 80m -v ./guides/... ./troubleshoot/deflection ./cmd/fixfirst/e2e

chat: build postgres ## the long checks of live chat: replays under restarts and kills, never two owners, thousands of readers
	FIXFIRST_FULL=1 $(GO) test -count=1 -timeout 80m -v -run 'TestReplay|TestNeverTwo|TestReaders' ./cmd/fixfirst/e2e

FUZZTIME ?= 30s
fuzz: ## each fuzz test for a while: make fuzz FUZZTIME=10m
	@for target in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for name in $$(grep -hoE '^func Fuzz[A-Za-z0-9]+' $$target/*_test.go | cut -c6-); do \
	    $(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 5x $$target || exit 1; done; done

cgo:
	@test "$$($(GO) env CGO_ENABLED)" = 1 && command -v $$($(GO) env CC) >/dev/null || { echo "SQLite needs cgo and a C compiler: apt-get install gcc, and CGO_ENABLED=1"; exit 1; }

# A throwaway PostgreSQL for the tests: installed where that can be done, named loudly where not.
postgres:
	@ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -q && apt-get install -y -q postgresql; \
	  else echo "PostgreSQL is missing: the PostgreSQL half of the tests will be skipped. Install it: apt-get install postgresql"; fi; }

chromium:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -q && apt-get install -y -q chromium; \
	  else echo "Chromium is missing: the browser test will be skipped. Install it: apt-get install chromium"; fi; }
