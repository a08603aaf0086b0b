//! The sealed stream cut into numbered parts, and joined again.
//!
//! ```text
//! archive   |        8 MiB        |        8 MiB        |   rest   |
//! payload   | 128 x (64 KiB + 16) | 128 x (64 KiB + 16) | ...      |
//! objects     part 0                part 1                part 2       and the header before them
//! ```
//!
//! Promises: the plan follows from the archive's length alone; parts are whole chunks, so each can
//! be sealed, checked and opened alone. The last part may be short, and is never empty unless the
//! archive is. It does not seal. Source: C2SP age.md, "Payload".

use core::ops::Range;

use serde::{Deserialize, Serialize};

use crate::digest::{Blake3, Sha256};

/// Plaintext bytes of a full chunk of the age payload.
pub const CHUNK_BYTES: usize = 65_536;
/// Bytes of the Poly1305 tag behind every chunk (RFC 8439 section 2.5).
pub const TAG_BYTES: usize = 16;
/// Bytes of the payload nonce between the age header and the first chunk.
pub const NONCE_BYTES: usize = 16;
/// Archive bytes of a part, as long as the archive needs no more than [`PARTS_MAX`] of them.
pub const PART_BYTES: u64 = 8 * 1024 * 1024;
/// Most parts of a transfer: part numbers stay small, and so does what a relay keeps of them.
pub const PARTS_MAX: u64 = 10_000;
/// Longest archive, 16 TiB: a part then has 2 GiB, which still fits one object everywhere.
pub const ARCHIVE_BYTES_MAX: u64 = 1 << 44;

/// The number of a part, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PartIndex(pub u32);

/// The archive is longer than [`ARCHIVE_BYTES_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the archive has {actual} bytes, at most {ARCHIVE_BYTES_MAX} can be sent")]
pub struct TooLong {
    /// Bytes of the archive.
    pub actual: u64,
}

/// How an archive of a given length is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartPlan {
    archive_bytes: u64,
    part_bytes: u64,
}

impl PartPlan {
    /// Plans the parts of an archive: 8 MiB each, doubled until [`PARTS_MAX`] are enough.
    pub fn new(archive_bytes: u64) -> Result<Self, TooLong> {
        if archive_bytes > ARCHIVE_BYTES_MAX {
            return Err(TooLong {
                actual: archive_bytes,
            });
        }
        let mut part_bytes = PART_BYTES;
        while archive_bytes.div_ceil(part_bytes) > PARTS_MAX {
            part_bytes *= 2;
        }
        Ok(Self {
            archive_bytes,
            part_bytes,
        })
    }

    /// Bytes of the archive.
    pub const fn archive_bytes(&self) -> u64 {
        self.archive_bytes
    }

    /// Archive bytes of every part but the last.
    pub const fn part_bytes(&self) -> u64 {
        self.part_bytes
    }

    /// Parts, at least one: an empty archive is one empty chunk.
    pub fn n_parts(&self) -> u32 {
        u32::try_from(self.archive_bytes.div_ceil(self.part_bytes).max(1)).unwrap_or(u32::MAX)
    }

    /// Every part, in order.
    pub fn indices(&self) -> impl Iterator<Item = PartIndex> + use<> {
        (0..self.n_parts()).map(PartIndex)
    }

    /// The part of that number, if there is one.
    pub fn index(&self, number: u32) -> Option<PartIndex> {
        (number < self.n_parts()).then_some(PartIndex(number))
    }

    /// Where in the archive a part lies. The part must be one of this plan.
    pub fn range(&self, part: PartIndex) -> Range<u64> {
        let start = u64::from(part.0) * self.part_bytes;
        start..(start + self.part_bytes).min(self.archive_bytes)
    }

    /// Whether it is the last part.
    pub fn is_last(&self, part: PartIndex) -> bool {
        part.0 + 1 == self.n_parts()
    }

    /// The number of the first chunk of a part.
    pub fn first_chunk(&self, part: PartIndex) -> u64 {
        u64::from(part.0) * (self.part_bytes / CHUNK_BYTES as u64)
    }

    /// Bytes of a part once sealed: its plaintext and a tag for each chunk.
    pub fn sealed_bytes(&self, part: PartIndex) -> u64 {
        let range = self.range(part);
        sealed_bytes(range.end - range.start)
    }

    /// Bytes of the whole payload, nonce not counted.
    pub fn payload_bytes(&self) -> u64 {
        sealed_bytes(self.archive_bytes)
    }
}

fn sealed_bytes(plain_bytes: u64) -> u64 {
    let n_chunks = plain_bytes.div_ceil(CHUNK_BYTES as u64).max(1);
    plain_bytes + n_chunks * TAG_BYTES as u64
}

/// The digest of the sealed stream: over its sizes, its header and its parts in order.
///
/// SHA-256 of `"quitus/sealed/v1\0"`, archive bytes, bytes of a part, number of parts (64-bit
/// big-endian each), BLAKE3 of header and nonce, BLAKE3 of each sealed part.
pub fn sealed_digest(plan: &PartPlan, header: &Blake3, parts: &[Blake3]) -> Sha256 {
    let sizes = [
        plan.archive_bytes,
        plan.part_bytes,
        u64::from(plan.n_parts()),
    ]
    .map(u64::to_be_bytes);
    let mut pieces: Vec<&[u8]> = vec![b"quitus/sealed/v1\0"];
    pieces.extend(sizes.iter().map(<[u8; 8]>::as_slice));
    pieces.push(header.as_bytes());
    pieces.extend(parts.iter().map(|part| part.as_bytes().as_slice()));
    Sha256::of(&pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1024 * 1024;

    fn check(archive_bytes: u64, n_parts: u32, part_bytes: u64, last_sealed_bytes: u64) {
        let plan = PartPlan::new(archive_bytes).expect("below the bound");
        assert_eq!(
            (plan.n_parts(), plan.part_bytes()),
            (n_parts, part_bytes),
            "{archive_bytes}"
        );
        assert_eq!(
            plan.sealed_bytes(PartIndex(n_parts - 1)),
            last_sealed_bytes,
            "{archive_bytes}"
        );
    }

    #[test]
    fn archives_are_cut_at_eight_mebibytes_until_that_makes_too_many_parts() {
        check(0, 1, 8 * MIB, 16);
        check(1, 1, 8 * MIB, 17);
        check(65_536, 1, 8 * MIB, 65_552);
        check(65_537, 1, 8 * MIB, 65_537 + 32);
        check(8 * MIB, 1, 8 * MIB, 8 * MIB + 128 * 16);
        check(8 * MIB + 1, 2, 8 * MIB, 17);
        check(80_000 * MIB, 10_000, 8 * MIB, 8 * MIB + 128 * 16);
        check(80_000 * MIB + 1, 5_001, 16 * MIB, 17);
        check(
            ARCHIVE_BYTES_MAX,
            8_192,
            2_048 * MIB,
            2_048 * MIB + 32_768 * 16,
        );
        assert!(PartPlan::new(ARCHIVE_BYTES_MAX + 1).is_err());
    }

    proptest! {
        #[test]
        fn parts_cover_the_archive_once(archive_bytes in 0..(1_u64 << 30)) {
            let plan = PartPlan::new(archive_bytes).expect("below the bound");
            let mut end = 0;
            let mut sealed = 0;
            for part in plan.indices() {
                prop_assert_eq!(plan.range(part).start, end);
                prop_assert_eq!(plan.first_chunk(part) * CHUNK_BYTES as u64, end);
                end = plan.range(part).end;
                sealed += plan.sealed_bytes(part);
            }
            prop_assert_eq!((end, sealed), (archive_bytes, plan.payload_bytes()));
        }
    }

    #[test]
    fn the_sealed_digest_knows_sizes_header_and_order() {
        let plan = PartPlan::new(8 * MIB + 1).expect("below the bound");
        let (header, one, other) = (Blake3::of(b"h"), Blake3::of(b"1"), Blake3::of(b"2"));
        let digest = sealed_digest(&plan, &header, &[one, other]);
        assert_ne!(digest, sealed_digest(&plan, &header, &[other, one]));
        assert_ne!(digest, sealed_digest(&plan, &one, &[one, other]));
        let longer = PartPlan::new(8 * MIB + 2).expect("below the bound");
        assert_ne!(digest, sealed_digest(&longer, &header, &[one, other]));
    }
}
