//! Slots: what is read prints back, byte for byte, and erasing a place erases that secret.

use quitus_core::keyring::{Field, SLOT_BYTES, Slot};
use quitus_core::transfer::TransferId;

pub(crate) fn check(data: &[u8]) {
    let id = TransferId::from_bytes([9; 16]);
    let mut bytes = *Slot::default().to_bytes(&id);
    // The input is a slot, or what follows magic and id in one.
    let start = if data.len() == SLOT_BYTES { 0 } else { 32 };
    bytes[start..]
        .iter_mut()
        .zip(data)
        .for_each(|(byte, given)| *byte = *given);
    let Ok(slot) = Slot::from_bytes(&id, &bytes) else {
        return;
    };
    assert_eq!(*slot.to_bytes(&id), bytes);
    bytes[Slot::place(Field::FileKey)].fill(0);
    let erased = Slot::from_bytes(&id, &bytes).expect("still a slot");
    assert!(erased.file_key.is_none() && erased.link.is_some() == slot.link.is_some());
}
