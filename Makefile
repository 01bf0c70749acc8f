# make demo   build the sample and serve it        make test   install what the tests need, run all
# make bench  the converter against its peers      make help   every target

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080
JOBS ?= 2
SCALES ?= 0.01,0.1,1
SYSTEM_PACKAGES := chromium-headless-shell curl default-jre-headless librdf-query-client-perl libxml-libxml-perl nginx-light openssl r-base-core raptor2-utils rasqal-utils systemd virtuoso-opensource-7-bin
SYSTEM_PROGRAMS := npm
VENDORED := server/static/vendor/manifest.json
SCRIPTS := tests/npm/node_modules/.package-lock.json

.PHONY: help demo install install-test vendor scripts system-packages lint test conformance engines hostile interop load bench bench-endpoint bench-engines bench-entailment bench-federation bench-full-size bench-loaders bench-pages bench-planner bench-search bench-site methods roundtrip picture scale screenshots docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 20

demo: install ## build the sample, write output/SOX4.ttl and .jsonld, serve on 127.0.0.1:PORT
	$(BIN)/rdfconv build tests/data/sample --into output --jobs $(JOBS)
	$(BIN)/rdfconv convert --quiet tests/data/sample/pages/q06945.md -o output/SOX4.ttl
	$(BIN)/rdfconv convert --quiet tests/data/sample/pages/q06945.md -o output/SOX4.jsonld
	@$(BIN)/python -m server.demo --release output --port $(PORT)

install: $(VENV)/.installed ## make the virtual environment and install rdfconv
	@if ! command -v npm >/dev/null; then \
	  echo "npm is not installed: the query editor and the network picture will be plain (see 'make vendor')"; \
	elif ! $(MAKE) -s vendor; then \
	  echo "npm could not install what 'make vendor' wants: the query editor and the network picture will be plain"; fi

$(VENV)/.installed: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: $(PYTHON) was not found; try: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

# npm works while pip does.
install-test: system-packages
	@$(MAKE) --no-print-directory -j 2 $(VENV)/.installed-test scripts
	@$(MAKE) -s vendor

# What the tests never import need not be compiled.
$(VENV)/.installed-test: pyproject.toml | $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --editable '.[test]'
	touch $@

vendor: $(VENDORED) ## copy the scripts that some pages use from npm's packages

$(VENDORED): server/package.json server/package-lock.json server/vendor.py server/vendor_copy.py | $(VENV)/.installed
	@command -v npm >/dev/null || { echo "npm is needed: install Node.js with npm (Debian: sudo apt-get install npm)" >&2; exit 2; }
	cd server && npm ci --ignore-scripts --no-audit --no-fund --silent
	$(BIN)/python -m server.vendor_copy

scripts: $(SCRIPTS)

$(SCRIPTS): tests/npm/package.json tests/npm/package-lock.json
	cd tests/npm && npm ci --ignore-scripts --no-audit --no-fund --silent
	touch $@

# A program may come from elsewhere than from the Debian package of the same name.
system-packages:
	@missing=(); for package in $(SYSTEM_PACKAGES); do \
	  dpkg-query -W -f='$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || missing+=($$package); done; \
	for program in $(SYSTEM_PROGRAMS); do command -v $$program >/dev/null || missing+=($$program); done; \
	if [ $${#missing[@]} -gt 0 ]; then \
	  if [ "$$(id -u)" = 0 ]; then apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$${missing[@]}" >/dev/null; \
	  else echo "the tests need system packages; run: sudo apt-get install $${missing[*]}" >&2; exit 2; fi; fi

lint: install-test ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Tests write and sync thousands of small files: in memory, where there is room.
test: lint ## install what the tests need, then run all tests
	@folder=$$(mktemp -d $$([ "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 6000000 ] 2>/dev/null && echo -p /dev/shm)); \
	trap 'rm -rf "$$folder"' EXIT; \
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --basetemp "$$folder/tests" --ignore tests/load --ignore tests/hostile $(PYTEST_FLAGS) && \
	$(BIN)/pytest --basetemp "$$folder/calm" tests/hostile tests/load

roundtrip: install ## write all pages of PAGES (a folder or archive) back, compare, count
	@test -n "$(PAGES)" || { echo "name the pages: make roundtrip PAGES=tflink-pages.tar.xz" >&2; exit 2; }
	$(BIN)/python -m tests.front_matter $(PAGES)
	$(BIN)/python -m tests.roundtrip $(PAGES) --jobs $(JOBS)

methods: install ## rewrite the tree of detection methods from PSI_MI, PSI-MI in OBO format
	@test -n "$(PSI_MI)" || { echo "name PSI-MI: make methods PSI_MI=psi-mi.obo" >&2; exit 2; }
	$(BIN)/python -m rdfconv.method_tree $(PSI_MI) > ontology/methods.ttl.new
	mv ontology/methods.ttl.new ontology/methods.ttl

conformance: install-test ## the W3C's SPARQL 1.1 tests against a running server, as a table
	$(BIN)/pytest -q tests/conformance

engines: install-test ## the tests of protocol and pages with Oxigraph's server and Virtuoso, all of them
	RDFCONV_TEST_ENGINES=all $(BIN)/pytest -q --numprocesses 2 --dist loadfile tests/engines

hostile: install-test ## bad requests against a server, as a table of what should come and what came
	$(BIN)/python -m tests.hostile

interop: install-test ## clients, readers of RDF and of exports; WRITE=yes rewrites docs/interoperability.md
	$(BIN)/pytest -q tests/interop $(if $(WRITE),--write-tables)

load: install-test ## 32 clients for 15 minutes, answers compared (SECONDS=60 for a short one)
	$(BIN)/python -m tests.load --seconds $(or $(SECONDS),900)

bench: install ## convert one generated table with rdfconv and its peers, in one run
	$(BIN)/python -m benchmarks.convert $(if $(WRITE),--write $(WRITE))

bench-entailment: install ## closed triples per second, against owlrl and reasonable
	$(BIN)/python -m benchmarks.entailment $(if $(WRITE),--write $(WRITE))

bench-loaders: install ## load one document with rdfconv, oxigraph, pyoxigraph and Virtuoso, in one run
	$(BIN)/python -m benchmarks.loaders $(if $(WRITE),--write $(WRITE))

bench-engines: install ## the same questions to rdfconv, Oxigraph's server and Virtuoso, on RELEASE if given
	$(BIN)/python -m benchmarks.engines $(RELEASE) $(if $(WRITE),--write $(WRITE))

bench-endpoint: install ## the endpoint beside Oxigraph's own server, on RELEASE (a releases' root)
	@test -n "$(RELEASE)" || { echo "name the release: make bench-endpoint RELEASE=output" >&2; exit 2; }
	$(BIN)/python -m benchmarks.endpoint $(RELEASE)

bench-federation: install ## 10,000 rows joined with another endpoint, by the engine's SERVICE and by ours
	$(BIN)/python -m benchmarks.federation

bench-full-size: install ## queries at full size, beside Virtuoso, on RELEASE (a releases' root)
	@test -n "$(RELEASE)" || { echo "name the release: make bench-full-size RELEASE=output" >&2; exit 2; }
	$(BIN)/python -m benchmarks.full_size $(RELEASE)

bench-pages: install ## convert and build PAGES, and load the same quads with pyoxigraph alone
	@test -n "$(PAGES)" || { echo "name the pages: make bench-pages PAGES=tflink-pages.tar.xz" >&2; exit 2; }
	$(BIN)/python -m benchmarks.pages $(PAGES) --jobs $(JOBS)

bench-planner: install ## queries written in the worst order, as written and as planned, on RELEASE (a root)
	@test -n "$(RELEASE)" || { echo "name the release: make bench-planner RELEASE=output" >&2; exit 2; }
	$(BIN)/python -m benchmarks.planner $(RELEASE)

scale: install ## build TFLink at 1, 10 and 100 % (SCALES), and stop a build: what it costs, how it grows
	$(BIN)/python -m benchmarks.scale --scales $(SCALES) --jobs $(JOBS)

bench-search: install ## suggestions from the index, FTS5, the store and a running server, in one run
	$(BIN)/python -m benchmarks.suggestions

bench-site: install ## how long pages and suggestions take, on RELEASE (a releases' root)
	@test -n "$(RELEASE)" || { echo "name the release: make bench-site RELEASE=output" >&2; exit 2; }
	$(BIN)/python -m benchmarks.site $(RELEASE)

screenshots: install-test ## take the pictures of docs/screenshots again
	$(BIN)/python -m tests.browser.screenshots docs/screenshots

picture: install ## draw the model of ontology/mapping.ttl again (server/static/model.svg)
	$(BIN)/python -m rdfconv.model_picture server/static/model.svg

docs: $(VENV)/.installed-docs ## build the documentation to docs/_build/html
	$(BIN)/python -m sphinx -W --keep-going -q -d docs/_build/trees docs docs/_build/html
	@echo "open docs/_build/html/index.html"

$(VENV)/.installed-docs: pyproject.toml | $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

clean: ## remove what the targets made
	rm -rf $(VENV) docs/_build server/node_modules tests/npm/node_modules server/static/vendor benchmarks/.venv benchmarks/work output/releases output/current output/SOX4.*
