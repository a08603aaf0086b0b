//! An object on its way to a recipient: read as fast as the recipient takes it, and no faster.
//!
//! Promises: one frame of a response is in memory at a time, however much the connection would take
//! ahead; the frame's size follows the number of open responses; the stated length is what is sent, or
//! the connection breaks off. It does not check what it sends: the recipient does.

use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, HttpBody};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::body::BYTES;
use crate::downloads::OpenDownload;
use crate::relay::Opened;
use crate::store::{Reading, StoreError};

/// A response body that reads an object.
struct Sending {
    reading: Box<dyn Reading>,
    download: OpenDownload,
    left: u64,
    turn: Arc<Turn>,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        ready!(self.turn.poll(context));
        let bytes_max = self.download.frame_bytes();
        let frame = ready!(self.reading.poll_read(context, bytes_max));
        let frame = frame.inspect_err(|error| tracing::error!("{error}"))?;
        if frame.is_empty() {
            // The object is shorter than it was when it was opened.
            return Poll::Ready(Some(Err(StoreError::Absent)));
        }
        self.left = self.left.saturating_sub(frame.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(self.turn.take(frame)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Says when the frame before has left for the socket.
#[derive(Default)]
struct Turn(Mutex<State>);

#[derive(Default)]
struct State {
    is_out: bool,
    waker: Option<Waker>,
}

impl Turn {
    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.is_out {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Takes the turn for a frame, until the frame is dropped.
    fn take(self: &Arc<Self>, frame: Bytes) -> Bytes {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_out = true;
        let turn = Arc::clone(self);
        Bytes::from_owner(FrameOut { frame, turn })
    }
}

/// A frame that the connection has and the socket has not.
struct FrameOut {
    frame: Bytes,
    turn: Arc<Turn>,
}

impl AsRef<[u8]> for FrameOut {
    fn as_ref(&self) -> &[u8] {
        &self.frame
    }
}

impl Drop for FrameOut {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.turn.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.is_out = false;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl IntoResponse for Opened {
    fn into_response(self) -> Response {
        let left = self.reading.bytes();
        let body = Body::new(Sending {
            reading: self.reading,
            download: self.download,
            left,
            turn: Arc::default(),
        });
        let mut response = (StatusCode::OK, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(BYTES));
        headers.insert(header::CONTENT_LENGTH, left.into());
        response
    }
}
