//! Challenges, sessions and the message queue: ports, Redis and in-process.
