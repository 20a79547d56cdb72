//! Codes and sessions: business only.
