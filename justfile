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

# Every test of every crate
test: build
    cargo test --release --locked -p quitus-core
    cargo test --release --locked -p quitus-cli
    cargo test --release --locked -p quitus-server
    cargo test --release --locked -p quitus-tests

# The tests of quitus-tests whose name contains NAME
story NAME: build
    cargo test --release --locked -p quitus-tests -- {{ NAME }}

# Accept the transcripts as the programs print them now; look at the diff
bless: build
    TRYCMD=overwrite cargo test --release --locked -p quitus-tests --test transcripts

# Fuzz one parser for some seconds
fuzz TARGET SECONDS="30":
    cargo fuzz run {{ TARGET }} -- -max_total_time={{ SECONDS }}

# Ratios of speed and memory against other tools, in one run
bench *ARGS: build
    tests/bench/run {{ ARGS }}

# A relay on 127.0.0.1:7470
relay *ARGS:
    cargo build --release --locked -p quitus-server
    target/release/quitus-relay serve {{ ARGS }}
