//! Envelopes, as they are opened: what is read prints back.

use quitus_core::envelope::Envelope;

pub(crate) fn check(data: &[u8]) {
    if let Ok(envelope) = Envelope::parse(data) {
        assert_eq!(*envelope.to_bytes(), data);
    }
}
