//! What somebody found who looked at something, a line each.
//!
//! ```text
//! ok    clock: last seen 2026-11-22T05:40:00Z
//! fail  public access: strangers can list the bucket
//! ```
//!
//! Promises: three degrees, in order. It does not look.

use core::fmt;
use std::error::Error;

use crate::store::place::Allowed;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Ok,
    /// It works; somebody should look.
    Warn,
    /// Something does not work, or is not protected.
    Fail,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it is.
    pub health: Health,
    /// What was looked at.
    pub what: &'static str,
    /// What was seen.
    pub text: String,
    /// What an operator could allow, so that it is a warning.
    pub allowable: Option<Allowed>,
}

impl Finding {
    /// Something that nobody can allow.
    pub const fn new(what: &'static str, health: Health, text: String) -> Self {
        Self {
            health,
            what,
            text,
            allowable: None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let health = match self.health {
            Health::Ok => "ok  ",
            Health::Warn => "warn",
            Health::Fail => "fail",
        };
        write!(formatter, "{health}  {}: {}", self.what, self.text)
    }
}

/// An error and its causes, in a line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
