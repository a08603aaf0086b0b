//! Records of uploads: a text that replays resumes from any prefix, and the last row of a part counts.

use std::collections::HashMap;

use quitus_core::digest::Blake3;
use quitus_core::parts::PartIndex;
use quitus_core::protocol::HeldPart;
use quitus_core::upload::{Duty, Row, Stale, Upload};

pub(crate) fn check(data: &[u8]) {
    let Ok(Some((mut upload, whole))) = Upload::replay(data) else {
        return;
    };
    assert!(data[..whole].ends_with(b"\n") && !data[whole..].contains(&b'\n'));
    for cut in (0..data.len()).step_by(1 + data.len() / 32) {
        assert!(
            Upload::replay(&data[..cut]).is_ok(),
            "a prefix of what replays"
        );
    }
    let (mut again, mut text) = Upload::begin(upload.beginning().clone());
    let lines = data[..whole]
        .split(|byte| *byte == b'\n')
        .skip(1)
        .filter(|line| !line.is_empty());
    let rows: Vec<Row> = lines
        .map(|line| serde_json::from_slice(line).expect("it replayed"))
        .collect();
    for row in &rows {
        text.extend(again.append(*row));
    }
    let replayed = Upload::replay(&text).expect("what was appended replays");
    assert!(replayed.is_some_and(
        |(again, whole)| again.beginning() == upload.beginning() && whole == text.len()
    ));

    let parts: HashMap<PartIndex, Row> = rows.iter().map(|row| (row.part, *row)).collect();
    let other = Blake3::of(data);
    for (part, row) in parts {
        assert_eq!(
            (upload.sealed(part), again.sealed(part)),
            (Some(row.sealed), Some(row.sealed))
        );
        assert_eq!(upload.check(part, row.plain), Ok(Duty::Repeat));
        assert_eq!(upload.check(part, other), Err(Stale::Part { part }));
        assert!(
            upload
                .note_held(&[HeldPart {
                    index: part,
                    digest: other
                }])
                .is_err()
        );
        assert_eq!(
            upload.note_held(&[HeldPart {
                index: part,
                digest: row.sealed
            }]),
            Ok(())
        );
        assert_eq!(upload.check(part, row.plain), Ok(Duty::Skip));
    }
}
