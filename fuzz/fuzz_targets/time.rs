//! Moments: one spelling each, and arithmetic that is clamped rather than wrong.

use core::time::Duration;
use quitus_core::time::Timestamp;

pub(crate) fn check(data: &[u8]) {
    if let Some(time) = str::from_utf8(data)
        .ok()
        .and_then(|text| text.parse::<Timestamp>().ok())
    {
        assert_eq!(time.to_string().as_bytes(), data);
        assert_eq!(
            Timestamp::from_unix(time.seconds(), time.nanoseconds()),
            time
        );
    }
    if let Some(time) = str::from_utf8(data)
        .ok()
        .and_then(Timestamp::from_http_date)
    {
        assert_eq!(time.to_string().parse(), Ok(time));
    }
    let mut numbers = data.chunks(8).map(|bytes| {
        bytes
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    });
    let mut number = || numbers.next().unwrap_or_default();
    let nanoseconds = u32::try_from(number() % 1_000_000_000).expect("below 2^32");
    let later = Duration::from_secs(number());
    let seconds = number().cast_signed();
    let time = Timestamp::from_unix(seconds, nanoseconds);
    assert_eq!(time.to_string().parse(), Ok(time));
    assert!(
        time.seconds().unsigned_abs() <= seconds.unsigned_abs() + 1,
        "{time} {seconds}"
    );
    let after = time.after(later);
    assert!(
        after >= time && after.since(time) <= later,
        "{time} {later:?} {after}"
    );
    assert_eq!(time.since(after), Duration::ZERO);
}
