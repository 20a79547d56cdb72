//! Scopes. Each case runs on a plain thread and as a task of either runtime of tokio.

use super::SCOPES;
use crate::kit::setting::{Setting, on_thread};
use crate::kit::{Case, Subject, Suite};

/// Three cases for each line: id, name in Python, body.
macro_rules! in_each_setting {
    ($($id:literal, $origin:literal, $body:path;)+) => {
        &[$(
            case(concat!("python.scope.", $id, ".thread"), $origin, |subject| {
                Setting::Thread.run(subject, $body);
            }),
            case(concat!("python.scope.", $id, ".current_thread"), $origin, |subject| {
                Setting::CurrentThread.run(subject, $body);
            }),
            case(concat!("python.scope.", $id, ".multi_thread"), $origin, |subject| {
                Setting::MultiThread.run(subject, $body);
            }),
        )+]
    };
}

pub(super) const CASES: &[Case] = in_each_setting! {
    "missing_active_external", "test_missing_active_external", missing_active_external;
    "missing_active", "test_missing_active", missing_active;
    "activate", "test_activate", activate;
    "activate_external", "test_activate_external", activate_external;
    "activate_finish_on_close", "test_activate_finish_on_close", activate_finish_on_close;
    "activate_nested", "test_activate_nested", activate_nested;
    "activate_finish_on_close_nested", "test_activate_finish_on_close_nested", activate_finish_on_close_nested;
    "close_wrong_order", "test_close_wrong_order", close_wrong_order;
};

const fn case(id: &'static str, origin: &'static str, run: fn(&Subject)) -> Case {
    Case::new(Suite::PythonScope, id, origin, SCOPES, run)
}

/// Outside: on a thread that is none of the runtime's.
fn missing_active_external(subject: &Subject) {
    let span = subject.root("a");
    let _scope = subject.tracer.activate(&span);

    on_thread(subject, Subject::assert_none_active);
    span.finish();
}

fn missing_active(subject: &Subject) {
    subject.assert_none_active();
}

fn activate(subject: &Subject) {
    let span = subject.root("a");

    let scope = subject.tracer.activate(&span);
    assert!(scope.span().same_as(&span));
    subject.assert_active(&span);
    scope.close();

    subject.assert_finished(&[]);
    subject.assert_none_active();
    span.finish();
}

fn activate_external(subject: &Subject) {
    on_thread(subject, activate);
    subject.assert_none_active();
}

fn activate_finish_on_close(subject: &Subject) {
    let span = subject.root("a");

    let scope = subject.tracer.activate(&span).finish_on_close(true);
    subject.assert_active(&span);
    scope.close();

    subject.assert_finished(&["a"]);
    subject.assert_none_active();
}

fn activate_nested(subject: &Subject) {
    let [outer, inner] = ["outer", "inner"].map(|name| subject.root(name));

    let outer_scope = subject.tracer.activate(&outer).finish_on_close(true);
    subject.assert_active(&outer);
    let inner_scope = subject.tracer.activate(&inner).finish_on_close(true);
    subject.assert_active(&inner);
    inner_scope.close();
    subject.assert_active(&outer);
    outer_scope.close();

    subject.assert_finished(&["inner", "outer"]);
    subject.assert_none_active();
}

fn activate_finish_on_close_nested(subject: &Subject) {
    let span = subject.root("a");

    let outer = subject.tracer.activate(&span).finish_on_close(false);
    let inner = subject.tracer.activate(&span).finish_on_close(true);
    inner.close();
    subject.assert_finished(&["a"]);
    subject.assert_active(&span);
    outer.close();

    subject.assert_finished(&["a"]);
    subject.assert_none_active();
}

/// Closing the outer one first has no effect: it is not finished, and the inner one stays.
fn close_wrong_order(subject: &Subject) {
    let [outer, inner] = ["outer", "inner"].map(|name| subject.root(name));
    let outer_scope = subject.tracer.activate(&outer).finish_on_close(true);
    let inner_scope = subject.tracer.activate(&inner).finish_on_close(true);

    outer_scope.close();
    subject.assert_active(&inner);
    subject.assert_finished(&[]);
    inner_scope.close();

    subject.assert_finished(&["inner"]);
    outer.finish();
    subject.assert_finished(&["inner", "outer"]);
    subject.assert_none_active();
}
