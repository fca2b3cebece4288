# The workshop of Held. `make run` and `make test` are all a newcomer needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LISTEN ?= 127.0.0.1:8080
WITH_POSTGRES := scripts/test-postgres.sh with

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## the demo practice at http://localhost:8080
	@scripts/need.sh run
	@$(MAKE) build
	@exec bin/held demo --listen $(LISTEN)

.PHONY: build
build: assets ## bin/held, with the assets inside
	@GOFLAGS=-buildvcs=false scripts/build.sh $(VERSION) bin/held # go.mod as it stands, whatever this machine's GOFLAGS say

.PHONY: assets
assets: ## styles, scripts and fonts into assets/dist
	@scripts/assets.sh

.PHONY: generate
generate: ## Go code from the *.templ pages
	@go tool templ generate -path .

.PHONY: check
check: ## the fast part of the tests, both engines
	@scripts/need.sh check
	@scripts/check.sh

.PHONY: test
test: ## everything: both engines with -race, browser walk, accessibility
	@scripts/need.sh test
	@scripts/test.sh

.PHONY: lint
lint: ## gofmt, vet, staticcheck, gosec, generated pages up to date
	@scripts/lint.sh

.PHONY: walk
walk: ## the browser walk and accessibility only; FILES=… for some of it
	@scripts/need.sh browser
	@$(MAKE) build
	@scripts/walk.sh $(FILES)

.PHONY: pictures
pictures: ## screenshots of every page, phone and laptop, into docs/pictures
	@scripts/need.sh browser
	@$(MAKE) build
	@node e2e/pictures.mjs docs/pictures

.PHONY: lighthouse
lighthouse: ## Lighthouse's scores of the public pages; installs it into .run/
	@scripts/need.sh browser
	@$(MAKE) build
	@scripts/lighthouse.sh

.PHONY: bench
bench: ## the figures of speed and size, each beside its reference
	@scripts/need.sh check
	@$(MAKE) build
	@$(WITH_POSTGRES) --durable scripts/bench.sh

.PHONY: kills
kills: assets ## a hundred SIGKILLs in mid-load on both engines
	@HELD_KILLS=100 $(WITH_POSTGRES) go test -count=1 -timeout 30m -v -run TestKilledInMidLoad ./cmd/held

.PHONY: room-kills
room-kills: ## a session of three hours with 200 cuts and kills; ROUNDS=… SEED=…
	@scripts/need.sh browser
	@$(MAKE) build
	@node e2e/room-kills.mjs

.PHONY: fuzz
fuzz: ## every fuzz target, a minute each; FUZZTIME=10s for less
	@scripts/fuzz.sh

.PHONY: scan
scan: ## wapiti and sqlmap against the demo, as nobody, client and owner
	@scripts/need.sh scan
	@$(MAKE) build
	@scripts/scan.sh

.PHONY: release
release: ## programs for other machines in dist, built twice alike, with sums and a list of parts
	@scripts/need.sh run
	@$(MAKE) assets
	@scripts/release.sh $(VERSION)

.PHONY: clean
clean: ## removes what was built
	@scripts/test-postgres.sh down
	@rm -rf bin dist .run e2e/failures
	@find assets/dist -mindepth 1 ! -name .keep ! -name README.md -delete 2>/dev/null || true
