//! Every case, as a test of its own or one after another.

use crate::Target;

/// Runs every case that needs no special numbers, one after another, and prints the name of each: for services that are
/// processes of their own, where starting them anew for each case would take longer than the cases do.
pub async fn every_case(target: &Target) {
    macro_rules! run {
        (default: $module:ident [$($case:ident)*]) => {
            $(
                println!("{}::{}", stringify!($module), stringify!($case));
                crate::$module::$case(target).await;
            )*
        };
        ($other:ident: $module:ident [$($case:ident)*]) => {};
    }
    crate::cases!(run);
}

/// Calls another macro for each group of cases: with the [`Numbers`](crate::Numbers) that they need, their module and
/// their names. This is the one list of all cases.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($then:ident $($first:tt)*) => {
        $then!($($first)* default: login [
            a_code_logs_in_and_out
            a_code_works_once
            every_refused_code_is_answered_alike
            attempts_run_out
            the_last_attempt_counts
            of_many_with_the_right_code_one_wins
            guessing_in_parallel_uses_up_the_attempts
            a_second_code_has_to_wait
            one_phone_has_one_cooldown
        ]);
        $then!($($first)* short_cooldown: login [
            a_new_code_replaces_the_old_one_and_keeps_the_failures
            a_login_forgets_the_failures
            an_exhausted_phone_is_sent_nothing
        ]);
        $then!($($first)* short_codes: login [
            an_expired_code_is_refused_like_any_other
        ]);
        $then!($($first)* default: sessions [
            only_a_token_opens_a_session
            a_logout_ends_one_session
        ]);
        $then!($($first)* short_sessions: sessions [
            an_idle_session_ends
            a_busy_session_ends_too
        ]);
        $then!($($first)* default: requests [
            a_bad_field_is_named
            hostile_phones_are_refused
            a_body_has_to_be_json
            a_body_has_a_limit
            unknown_paths_and_methods_are_problems
            tracing_headers_of_a_stranger_change_no_answer
        ]);
        $then!($($first)* default: doors [
            auth_and_sms_refuse_strangers
            the_inbox_is_read_by_challenge
            auth_checks_what_api_sends
            probes_are_open
        ]);
    };
}

/// Makes a test of every case. Takes two paths: an async function that starts the services with given
/// [`Numbers`](crate::Numbers), and one that starts api alone; both return a [`Fleet`](crate::Fleet).
#[macro_export]
macro_rules! suite {
    ($start:ident, $start_alone:ident) => {
        use $crate::case_tests;
        $crate::cases!(case_tests $start);

        #[tokio::test]
        async fn api_without_auth_asks_for_patience() {
            let fleet = $start_alone().await;
            $crate::outage::api_without_auth_asks_for_patience(fleet.target()).await;
        }
    };
}

/// The tests of one group of cases.
#[doc(hidden)]
#[macro_export]
macro_rules! case_tests {
    ($start:ident $numbers:ident: $module:ident [$($case:ident)*]) => {
        $(
            #[tokio::test]
            async fn $case() {
                let fleet = $start($crate::Numbers::$numbers()).await;
                $crate::$module::$case(fleet.target()).await;
            }
        )*
    };
}
