//! What programs rely on, asked of the original and of the drop-in in the same words.

#![expect(clippy::duplicate_mod, reason = "one text for both")]

#[path = "same"]
mod original {
    use original_rustracing as rustracing;
    mod semantics;
}

#[path = "same"]
mod drop_in {
    use opentracing_shim_rustracing as rustracing;
    mod semantics;
}
