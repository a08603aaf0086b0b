//! Armor: what is read out of a text prints to the same text, white space around it aside.

use std::io::{BufReader, Read as _, Write as _};

use quitus_core::cipher::{ArmorReader, ArmorWriter, dearmor};

pub(crate) fn check(data: &[u8]) {
    let mut binary = Vec::new();
    if ArmorReader::new(data).read_to_end(&mut binary).is_ok() {
        let text = String::from_utf8(data.trim_ascii().to_vec()).expect("armor is ASCII");
        assert_eq!(armored(&binary), text.replace("\r\n", "\n") + "\n");
    }
    // However the input comes in pieces, it reads the same.
    let mut pieces = Vec::new();
    let outcome = ArmorReader::new(BufReader::with_capacity(7, data)).read_to_end(&mut pieces);
    assert!(pieces == binary, "in pieces: {outcome:?}");

    let mut again = Vec::new();
    let text = armored(data);
    dearmor(text.as_bytes())
        .and_then(|mut input| input.read_to_end(&mut again))
        .expect("armor");
    assert_eq!(again, data);
}

fn armored(binary: &[u8]) -> String {
    let mut writer = ArmorWriter::new(Vec::new()).expect("a vector takes every byte");
    writer.write_all(binary).expect("a vector takes every byte");
    String::from_utf8(writer.finish().expect("a vector takes every byte")).expect("armor is ASCII")
}
