# Thin names for what stands elsewhere; .ci/run is the gate.

.PHONY: check test generate bench fuzz release

check:
	.ci/run format vet staticcheck race content

test:
	go test ./...

generate:
	go generate ./...

bench:
	go test -run '^$$' -bench . -benchmem ./...

fuzz:
	.ci/run fuzz

release: # make release VERSION=1.4.0
	release/build "$(VERSION)" dist
