//! Bodies that arrive: of a stated length, of the stated type, in time.
//!
//! Promises: nothing is read of a body that is too long, has no length or another type; a body that
//! stops, or only drips, is given up once its [`PATIENCE`] is used up; bodies that are read whole have a
//! bounded room in memory together, and take of it only what has come. It does not decode.

use core::pin::Pin;
use core::time::Duration;
use std::time::Instant;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::refusal::HttpRefused;
use crate::pace::Pace;
use crate::relay::{Frames, Refused, Relay};

/// How long a body may stop before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// A body up to here has its room with the buffers of its connection.
const SMALL_BYTES: usize = 16 * 1024;
/// Bytes of a refused body that are read and thrown away, so that the answer can be read by a client
/// that writes first and listens then.
const DRAINED_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How long that may take.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(5);

/// JSON (RFC 8259).
pub(super) const JSON: &str = "application/json";
/// Bytes.
pub(super) const BYTES: &str = "application/octet-stream";

/// A body frame by frame.
pub(super) struct BodyFrames {
    body: Body,
    pace: Pace,
}

impl Frames for BodyFrames {
    async fn next(&mut self) -> Result<Option<Bytes>, Refused> {
        loop {
            let (body, began) = (&mut self.body, Instant::now());
            let frame = core::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
            let frame = timeout(self.pace.left(), frame)
                .await
                .map_err(|_| Refused::TooSlow)?;
            let data = frame
                .as_ref()
                .and_then(|frame| frame.as_ref().ok()?.data_ref());
            let bytes = data.map_or(0, |data| data.len() as u64);
            self.pace.note(began.elapsed(), bytes);
            match frame {
                None => return Ok(None),
                Some(Err(_)) => return Err(Refused::BodyEnded),
                // Trailers mean nothing here.
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }
}

impl BodyFrames {
    pub(super) const fn new(body: Body) -> Self {
        let pace = Pace::new(PATIENCE);
        Self { body, pace }
    }

    /// Reads what is left of a refused body, within bounds.
    pub(super) async fn drain(mut self) {
        let drained = async {
            let mut n_bytes = 0;
            while let Ok(Some(frame)) = self.next().await {
                n_bytes += frame.len() as u64;
                if n_bytes > DRAINED_BYTES_MAX {
                    break;
                }
            }
        };
        // Too slow is as good as too long: the connection is closed.
        let _ = timeout(DRAIN_TIME_MAX, drained).await;
    }
}

/// The length a request states.
pub(super) fn stated_length(headers: &HeaderMap) -> Result<u64, HttpRefused> {
    let length = headers
        .get(header::CONTENT_LENGTH)
        .ok_or(HttpRefused::LengthRequired)?;
    let what = "Content-Length";
    let text = length
        .to_str()
        .map_err(|_| HttpRefused::Malformed { what })?;
    text.parse().map_err(|_| HttpRefused::Malformed { what })
}

/// Refuses a body of another type. A body of bytes may leave its type out.
pub(super) fn check_type(headers: &HeaderMap, expected: &'static str) -> Result<(), HttpRefused> {
    let essence = headers.get(header::CONTENT_TYPE).map(|value| {
        let text = value.to_str().unwrap_or_default();
        text.split(';').next().unwrap_or_default().trim()
    });
    let fits = match essence {
        Some(essence) => essence.eq_ignore_ascii_case(expected),
        None => expected == BYTES,
    };
    if fits && !headers.contains_key(header::CONTENT_ENCODING) {
        Ok(())
    } else {
        Err(HttpRefused::MediaType { expected })
    }
}

/// The length a request states, if it is at most `max`.
pub(super) fn check_length(headers: &HeaderMap, max: usize) -> Result<u64, HttpRefused> {
    let (length, max) = (stated_length(headers)?, max as u64);
    if length > max {
        return Err(HttpRefused::TooLarge { max });
    }
    Ok(length)
}

/// A body that was read whole, and the room it takes.
pub(super) struct Whole {
    pub(super) bytes: Bytes,
    _room: Option<OwnedSemaphorePermit>,
}

/// Reads a whole body of a length that was checked; a body in one frame is not copied.
pub(super) async fn read_whole(
    relay: &Relay,
    body: Body,
    bytes: u64,
) -> Result<Whole, HttpRefused> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let mut frames = BodyFrames::new(body);
    let first = frames.next().await?.unwrap_or_default();
    if first.len() == bytes && bytes <= SMALL_BYTES {
        return Ok(Whole {
            bytes: first,
            _room: None,
        });
    }
    let mut room = relay.room_for(first.len()).await?;
    let mut whole = BytesMut::with_capacity(bytes);
    whole.extend_from_slice(&first);
    drop(first);
    while let Some(frame) = frames.next().await? {
        room.merge(relay.room_for(frame.len()).await?);
        whole.extend_from_slice(&frame);
    }
    Ok(Whole {
        bytes: whole.freeze(),
        _room: Some(room),
    })
}
