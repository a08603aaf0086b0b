# Shortcuts; each is a line you can type yourself. `just` alone lists them.

_default:
    @just --list --unsorted

# A relay, a client and a freelancer on this machine; sends PATH, or this repository
demo *PATH:
    cargo run --release --locked --bin quitus-demo -- {{ PATH }}

# Exactly what CI runs
check:
    .ci/run

# Both programs, apart: together their features would unify
build:
    cargo build --release --locked -p quitus-cli
    cargo build --release --locked -p quitus-server

# Every test of every crate, with the programs as people get them
test:
    cargo run --release --locked --bin quitus-check -- build core cli server stories

# The stories whose name contains NAME
story NAME: build
    cargo test --release --locked -p quitus-tests --test story -- {{ NAME }}

# The relay on a bucket: installs and starts Ceph RGW and moto
bucket:
    cargo run --release --locked --bin quitus-check -- s3

# Accept the transcripts as the programs print them now; look at the diff
bless: build
    TRYCMD=overwrite cargo test --release --locked -p quitus-tests --test transcripts

# Fuzz every parser for some seconds each, or those named: just fuzz 30 link time
fuzz SECONDS="30" *TARGETS:
    fuzz/run {{ SECONDS }} {{ TARGETS }}

# Ratios of speed and memory against other tools, in one run
bench *ARGS: build
    cargo build --release --locked -p quitus-tests --example seal
    tests/bench/run {{ ARGS }}

# A relay on 127.0.0.1:7470
relay *ARGS:
    cargo build --release --locked -p quitus-server
    target/release/quitus-relay serve {{ ARGS }}
