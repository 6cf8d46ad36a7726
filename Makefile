# What a user and a developer of asr run. `make` alone lists the targets.
PREFIX ?= /usr/local
DESTDIR ?=
DEMO_CLIPS ?= audio/people/cat-and-dog.opus

SWIFT ?= swift
# What `make fuzz` reads: all readers, or one of them, and how many inputs each.
FUZZ_TARGET ?= all
FUZZ_COUNT ?= 100000
# demo, build and test share one build folder.
BUILD = $(SWIFT) build -c release
BINARY = .build/release/asr
# The compiler of the MPI that asr train is to run under, and what it makes.
MPICC ?= mpicc
MPI_LIBRARY = .build/release/libasr-mpi.so
RELEASE = .build/install/release/asr
RELEASE_LIBRARY = .build/install/libasr.so
MANUAL = .build/install/man
SOURCES = Sources Tests Package.swift

bindir = $(DESTDIR)$(PREFIX)/bin
mpidir = $(DESTDIR)$(PREFIX)/lib/asr
libdir = $(DESTDIR)$(PREFIX)/lib
includedir = $(DESTDIR)$(PREFIX)/include
mandir = $(DESTDIR)$(PREFIX)/share/man/man1
modelsdir = $(DESTDIR)$(PREFIX)/share/asr/models
bashdir = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
zshdir = $(DESTDIR)$(PREFIX)/share/zsh/site-functions
fishdir = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
licencedir = $(DESTDIR)$(PREFIX)/share/doc/asr

.PHONY: help dependencies demo build test test-mpi test-examples mpi benchmark release install uninstall deb format check-format sanitize sanitize-thread sanitize-address fuzz clean
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

test: dependencies ## build and run every test, with the kernels of other processors too
	SWIFT="$(SWIFT)" scripts/test.sh

# MPI's handles differ from one MPI to the next: this small library is all that is built with it.
mpi: build $(MPI_LIBRARY) ## build what asr train needs under mpirun, with MPICC=mpicc

$(MPI_LIBRARY): Sources/CMPI/asr_mpi.c Sources/CMPI/asr_mpi.h
	$(MPICC) -O2 -Wall -Wextra -shared -fPIC -o $@ $<

test-mpi: dependencies ## install Open MPI, and train with one to four processes on this machine
	@scripts/install-dependencies.sh libopenmpi-dev openmpi-bin
	SWIFT="$(SWIFT)" scripts/test-mpi.sh

benchmark: build ## measure asr and its peers on this machine, and write Benchmarks/RESULTS.md
	Benchmarks/compare --output Benchmarks/RESULTS.md

# The Swift libraries are linked into it, so that it runs where there is no Swift. Made anew only when a source is newer, so that
# `sudo make install` after it needs no compiler.
$(RELEASE): $(shell find Sources -type f) Package.swift
	@scripts/install-dependencies.sh
	$(BUILD) --product asr --static-swift-stdlib -Xlinker -s --scratch-path .build/install
	touch $@

# libasr.so, for programs in C and whatever calls C: Sources/CInterface/asr.h.
$(RELEASE_LIBRARY): $(RELEASE)
	SWIFT="$(SWIFT)" scripts/build-library.sh

# Pages made from the commands by the argument parser's own tool.
$(MANUAL): $(RELEASE)
	$(BUILD) --package-path .build/install/checkouts/swift-argument-parser --scratch-path .build/manual --product generate-manual
	mkdir -p $@
	.build/manual/release/generate-manual $(RELEASE) --multi-page --output-directory $@
	touch $@

release: $(RELEASE) $(RELEASE_LIBRARY) $(MANUAL) ## build what install installs

install: $(RELEASE) $(RELEASE_LIBRARY) $(MANUAL) ## install program, library, models, manual, completions; PREFIX=/usr/local DESTDIR=
	install -d $(bindir) $(libdir) $(includedir) $(mandir) $(modelsdir) $(bashdir) $(zshdir) $(fishdir) $(licencedir)
	install -m 755 $(RELEASE) $(bindir)/asr
	install -m 755 $(RELEASE_LIBRARY) $(libdir)/libasr.so
	install -m 644 Sources/CInterface/asr.h $(includedir)/asr.h
	install -m 644 $(MANUAL)/*.1 $(mandir)
	if [ -e $(MPI_LIBRARY) ]; then install -d $(mpidir) && install -m 755 $(MPI_LIBRARY) $(mpidir)/libasr-mpi.so; fi
	cp -R models/. $(modelsdir)/
	chmod -R u=rwX,go=rX $(modelsdir)
	$(RELEASE) --generate-completion-script bash > $(bashdir)/asr
	$(RELEASE) --generate-completion-script zsh > $(zshdir)/_asr
	$(RELEASE) --generate-completion-script fish > $(fishdir)/asr.fish
	chmod 644 $(bashdir)/asr $(zshdir)/_asr $(fishdir)/asr.fish
	install -m 644 LICENSE $(licencedir)/LICENSE

uninstall: ## remove what install put under PREFIX
	rm -f $(bindir)/asr $(libdir)/libasr.so $(includedir)/asr.h $(mandir)/asr.1 $(mandir)/asr.*.1
	rm -f $(bashdir)/asr $(zshdir)/_asr $(fishdir)/asr.fish $(licencedir)/LICENSE
	rm -rf $(DESTDIR)$(PREFIX)/share/asr $(mpidir)

deb: $(RELEASE) $(RELEASE_LIBRARY) $(MANUAL) ## make a package for Debian and Ubuntu, .build/asr_*.deb
	scripts/make-deb.sh

test-examples: dependencies ## build and run the example package in Examples/swift
	SWIFT="$(SWIFT)" scripts/test-examples.sh

format: ## rewrite the Swift sources in the project's style
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

check-format: ## fail where the Swift sources are not in the project's style
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

sanitize: sanitize-thread sanitize-address ## run the tests under ThreadSanitizer, then AddressSanitizer

sanitize-thread sanitize-address: sanitize-%: dependencies
	scripts/sanitize.sh $*

fuzz: dependencies ## read FUZZ_COUNT=100000 broken files of each format; crashers are kept in fuzz-crashers/
	$(BUILD) --product asr-fuzz
	.build/release/asr-fuzz $(FUZZ_TARGET) $(FUZZ_COUNT)

clean: ## remove everything that was built
	rm -rf .build
