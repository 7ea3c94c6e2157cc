# Everything there is to run. `make` alone prints this list.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Tools run from the module proxy, pinned here and not in go.mod; the first run builds them, later ones are cached.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0

# The simulation: SEED=0 lets it choose and print one; a printed seed runs the same story again.
SEED ?= 0
SIM_ORDERS ?= 1000000
SIM_TEST_ORDERS ?= 10000
SIM_TEST_FROM ?= 1
# Bugs planted in the shop, others every day: a number, words of their names with commas, or "all".
BUGS ?= 5
# Orders of the pure model (T1): all pairs of crashes, and faults drawn from a seed.
MODEL_ORDERS ?= 1000000
CHAOS_KILLS ?= 500
# Rounds of every kind of trouble with a real Redis.
CHAOS_ROUNDS ?= 3
FUZZTIME ?= 60s
RACE_TIMEOUT ?= 15m

# A cached result is fine at the desk and not in CI.
FRESH := $(if $(filter true,$(CI)),-count=1)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## the shop in a browser page: no account, no key, no real money (needs Go alone)
	$(GO) run ./cmd/bot demo $(ARGS)

.PHONY: test
test: ## everything a change must pass; installs redis-server and chromium on Debian when missing
	tools/need.sh redis-server chromium
	tools/gofmt.sh
	$(GO) vet ./...
	$(MAKE) --no-print-directory lint
	$(GO) test -race -timeout $(RACE_TIMEOUT) $(FRESH) $$($(GO) list ./... | grep -v '/e2e')
	$(GO) test -race -count=1 -timeout $(RACE_TIMEOUT) $$($(GO) list ./e2e/... | grep -v -e '/e2e/sim$$' -e '/e2e/bugs$$' -e '/e2e/chaos$$')
	$(GO) test -count=1 -timeout $(RACE_TIMEOUT) -v ./order -run '^(TestPureModel|TestTwoReplicas|TestLateEdits)$$' -model.orders=$(MODEL_ORDERS)
	$(GO) test $(FRESH) -timeout $(RACE_TIMEOUT) ./handlers/telegram/picture
	$(GO) test -count=1 -timeout $(RACE_TIMEOUT) -v ./e2e/sim -sim.orders=$(SIM_TEST_ORDERS) -sim.from=$(SIM_TEST_FROM) -sim.seed=$(SEED)
	$(GO) test -count=1 -timeout $(RACE_TIMEOUT) -v ./e2e/bugs -bugs=$(BUGS)

.PHONY: lint
lint: ## golangci-lint with .golangci.yml
	$(GO) run $(GOLANGCI_LINT) run ./...

.PHONY: bench
bench: ## the benchmarks, each beside its rival; prints the report and writes bench/README.md
	tools/need.sh redis-server
	$(GO) run ./bench $(ARGS)

.PHONY: sim
sim: ## the simulation at full length (SEED=… replays one story, SIM_ORDERS=… sets the length)
	$(GO) test -count=1 -timeout 0 -v ./e2e/sim -run TestSimulation -sim.orders=$(SIM_ORDERS) -sim.seed=$(SEED)
	$(if $(filter 0,$(SEED)),$(GO) test -count=1 -timeout 0 -v ./e2e/bugs -bugs=all)

.PHONY: chaos
chaos: ## real binaries and a real Redis, killed at bad moments
	tools/need.sh redis-server
	$(GO) test -count=1 -timeout 60m -v ./e2e/chaos -chaos.kills=$(CHAOS_KILLS) -chaos.seed=$(SEED)
	$(GO) test -count=1 -timeout 60m -v ./e2e/durable -durable.rounds=$(CHAOS_ROUNDS)

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (60s)
	FUZZTIME=$(FUZZTIME) tools/fuzz.sh

.PHONY: vuln
vuln: ## known vulnerabilities in what we call (needs the network: vuln.go.dev)
	$(GO) run $(GOVULNCHECK) ./...

.PHONY: build
build: ## dist/bot, one static binary
	mkdir -p dist
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o dist/bot ./cmd/bot

.PHONY: image
image: build ## the container image from dist/bot, offline, with buildah
	tools/need.sh buildah
	tools/image.sh giftbot:$(VERSION)

.PHONY: image-test
image-test: build ## builds the image offline and starts it: non-root, read-only, TLS roots, zones, health (root needed)
	tools/need.sh buildah redis-server
	tools/image-test.sh
