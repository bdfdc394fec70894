# The commands of daily work; `make help` lists them. CMake does the building: see CMakePresets.json.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
PYTHON ?= /usr/bin/python3
SECONDS ?= 60
# Extra arguments for CMake's configuration and for ctest, e.g. TESTS='-R store'.
CMAKE_ARGS ?=
TESTS ?=
BENCH ?=

configure = cmake --preset $(1) -DPython3_EXECUTABLE=$(PYTHON) $(CMAKE_ARGS)
compile = cmake --build $(1) --parallel $(JOBS)
fetch_runtime = PYTHON=$(PYTHON) scripts/fetch-onnxruntime build/onnxruntime
fetch_browser = PYTHON=$(PYTHON) scripts/fetch-browser build/browser
run_tests = ctest --preset $(1) --parallel $(JOBS) $(TESTS)

.PHONY: help setup setup-dev build demo test test-long proof asan tsan tidy coverage fuzz bench format check install clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what build, demo and tests need (Debian 12 packages; nothing to do the second time)
	@scripts/setup build test

setup-dev: ## The same, with the developer's tools: clang-tidy, fuzzer, coverage
	@scripts/setup build test dev

build: ## The program: build/bin/semblance
	@[[ -e build/build.ninja ]] || $(call configure,release)
	@$(call compile,build) --target bin/semblance

demo: ## Draw pictures of known truth (people, and a generator that leaks some), audit them, compare
	@scripts/setup build
	@$(MAKE) build
	@PYTHON=$(PYTHON) scripts/demo

# The tests share the program's build folder; asking for them once switches them on in it.
test: setup ## Build everything, run every check and test (TESTS='-R pattern' picks)
	@grep -qs '^SEMBLANCE_TESTS:BOOL=ON' build/CMakeCache.txt && [[ -e build/build.ninja ]] || \
	  $(call configure,release) -DSEMBLANCE_TESTS=ON
	@$(fetch_runtime)
	@$(fetch_browser)
	@$(call compile,build)
	@$(call run_tests,release)

test-long: setup-dev ## make test with the tests that take minutes, and the proof: rewrites docs/proof/ (an hour or two)
	@$(call configure,release) -DSEMBLANCE_TESTS=ON -DSEMBLANCE_LONG_TESTS=ON
	@rm -rf build/long
	@SEMBLANCE_LONG_TESTS=1 $(MAKE) test
	@$(MAKE) proof PROOF='--tests build/long/*.xml --coverage docs/proof/coverage.json'

PROOF ?=
proof: setup-dev ## A thousand audits of every world of known truth: docs/proof/studies.json and its figures (half an hour)
	@grep -qs '^SEMBLANCE_TESTS:BOOL=ON' build/CMakeCache.txt || $(call configure,release) -DSEMBLANCE_TESTS=ON
	@$(call compile,build) --target semblance_proof
	@build/bin/semblance_proof build/proof.json
	@$(PYTHON) tests/proof/proof.py build/proof.json docs/proof/studies.json --figures docs/proof $(PROOF)

asan: setup ## The tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(call configure,asan)
	@$(fetch_runtime)
	@$(fetch_browser)
	@$(call compile,build-asan)
	@$(call run_tests,asan)

tsan: setup ## The tests under ThreadSanitizer
	@$(call configure,tsan)
	@$(fetch_runtime)
	@$(fetch_browser)
	@$(call compile,build-tsan)
	@$(call run_tests,tsan)

tidy: setup-dev ## clang-tidy over library and program, warnings as errors
	@$(call configure,tidy) >/dev/null
	@JOBS=$(JOBS) scripts/tidy build-tidy

coverage: setup-dev ## Line coverage of the tests: a total, and pages under build-coverage/html
	@$(call configure,coverage)
	@$(fetch_runtime)
	@$(fetch_browser)
	@$(call compile,build-coverage)
	@find build-coverage -name '*.gcda' -delete
	@$(call run_tests,coverage) || failed=$$?; JOBS=$(JOBS) scripts/coverage build-coverage; exit $${failed:-0}

fuzz: setup-dev ## Every fuzz target for SECONDS (60) each
	@$(call configure,fuzz)
	@$(call compile,build-fuzz)
	@scripts/fuzz build-fuzz $(SECONDS)

bench: ## The benchmarks, beside FAISS: bench/run.py (BENCH='--rows 20000' passes options)
	@scripts/setup build bench
	@$(call configure,release) -DSEMBLANCE_BENCH=ON
	@$(call compile,build) --target bin/semblance bench/all
	@$(PYTHON) bench/run.py --build build $(BENCH)

format: ## Rewrite the sources in the project's format
	@scripts/check-format --fix

check: setup-dev ## What a change must pass beyond make test: format, layers, hygiene, lint, sanitizers
	@scripts/check-format
	@scripts/check-layers
	@scripts/check-hygiene
	@$(MAKE) tidy asan

install: build ## Install program, library and headers under PREFIX (/usr/local)
	@$(call compile,build)
	@cmake --install build --prefix $(PREFIX)

clean: ## Remove every build folder and the demo's output
	@rm -rf build build-* out
