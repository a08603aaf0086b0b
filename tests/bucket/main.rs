//! Stories of a relay whose objects lie in a bucket.
