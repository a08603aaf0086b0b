//! The archive sealed, and opened again: the only place that knows age.
