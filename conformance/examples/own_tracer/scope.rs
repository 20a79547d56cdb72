//! What is active on a thread: one stack for all tracers of this kind.

use std::cell::RefCell;

use opentracing_shim::Span;
use opentracing_shim::api::backend::ScopeGuard;

#[derive(Default)]
struct Stack {
    /// Each activation with its number; `None` is the activation of no span.
    active: Vec<(u64, Option<Span>)>,
    last: u64,
}

thread_local! {
    static STACK: RefCell<Stack> = RefCell::default();
}

pub(crate) fn active() -> Option<Span> {
    // There is no stack any more while the thread ends, and so no active span.
    let top = STACK.try_with(|stack| stack.borrow().active.last()?.1.clone());
    top.ok().flatten()
}

pub(crate) fn activate(span: Option<Span>) -> Box<dyn ScopeGuard> {
    let number = STACK.try_with(|stack| {
        let stack = &mut *stack.borrow_mut();
        stack.last += 1;
        stack.active.push((stack.last, span));
        stack.last
    });
    Box::new(Guard(number.ok()))
}

struct Guard(Option<u64>);

impl ScopeGuard for Guard {
    fn close(self: Box<Self>) -> bool {
        let Some(number) = self.0 else { return true };
        let closed = STACK.try_with(|stack| {
            let active = &mut stack.borrow_mut().active;
            let index = active.iter().rposition(|(other, _)| *other == number)?;
            let was_on_top = index + 1 == active.len();
            Some((was_on_top, active.remove(index)))
        });
        // The span is dropped here, outside the borrow: its end may ask what is active.
        closed
            .ok()
            .flatten()
            .is_none_or(|(was_on_top, _)| was_on_top)
    }
}
