//! The public HTTP service: business only.
