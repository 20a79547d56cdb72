//! What the three services stand on: phone numbers, problems, health, drain.
