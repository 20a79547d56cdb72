//! The queue consumer that calls an SMS gateway: business only.
