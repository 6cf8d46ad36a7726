# What a user and a developer of asr run. `make` alone lists the targets.
PREFIX ?= /usr/local
DESTDIR ?=
DEMO_CLIPS ?= audio/digits-slt.flac

SWIFT ?= swift
# Package.resolved is not kept in the repository, so the release build is the same one for demo, build, test and install.
BUILD = $(SWIFT) build -c release
BINARY = .build/release/asr
SOURCES = Sources Tests Package.swift

bindir = $(DESTDIR)$(PREFIX)/bin
modelsdir = $(DESTDIR)$(PREFIX)/share/asr/models
bashdir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
zshdir = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
fishdir = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
licencedir = $(DESTDIR)$(PREFIX)/share/doc/asr

.PHONY: help dependencies demo build test install uninstall format check-format sanitize sanitize-thread sanitize-address clean
.DEFAULT_GOAL := help

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24

dependencies: # system libraries; prints the line to run where it may not install them itself
	@scripts/install-dependencies.sh

demo: dependencies ## build asr and transcribe a clip with the built-in model
	$(BUILD) --product asr
	$(BINARY) transcribe $(DEMO_CLIPS)

build: dependencies ## build the release binary, .build/release/asr
	$(BUILD) --product asr

test: dependencies ## build and run every test
	$(SWIFT) test -c release --disable-xctest

install: dependencies ## install binary, built-in model and completions; PREFIX=/usr/local DESTDIR=
	$(BUILD) --product asr --static-swift-stdlib -Xlinker -s --scratch-path .build/install
	install -d $(bindir) $(modelsdir) $(bashdir) $(zshdir) $(fishdir) $(licencedir)
	install -m 755 .build/install/release/asr $(bindir)/asr
	cp -R models/. $(modelsdir)/
	chmod -R u=rwX,go=rX $(modelsdir)
	$(bindir)/asr --generate-completion-script bash > $(bashdir)/asr
	$(bindir)/asr --generate-completion-script zsh > $(zshdir)/_asr
	$(bindir)/asr --generate-completion-script fish > $(fishdir)/asr.fish
	install -m 644 LICENSE $(licencedir)/LICENSE

uninstall: ## remove what install put under PREFIX
	rm -f $(bindir)/asr $(bashdir)/asr $(zshdir)/_asr $(fishdir)/asr.fish $(licencedir)/LICENSE
	rm -rf $(DESTDIR)$(PREFIX)/share/asr

format: ## rewrite the Swift sources in the project's style
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

check-format: ## fail where the Swift sources are not in the project's style
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

sanitize: sanitize-thread sanitize-address ## run the tests under ThreadSanitizer, then AddressSanitizer

sanitize-thread sanitize-address: sanitize-%: dependencies
	scripts/sanitize.sh $*

clean: ## remove everything that was built
	rm -rf .build
