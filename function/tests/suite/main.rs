//! The handler from event to response, behind fakes of its two seams.

#![allow(clippy::unwrap_used)]

mod handler;
mod round_trip;
mod support;
