//! One binary that runs any service in any stage.
