//! Every case as a test.

/// Makes a test of every case. Takes two paths: an async function that starts the services with given
/// [`Numbers`](crate::Numbers), and one that starts api alone; both return a [`Fleet`](crate::Fleet).
#[macro_export]
macro_rules! suite {
    ($start:path, $start_alone:path) => {
        $crate::suite!(@cases $start, default: login [
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
        $crate::suite!(@cases $start, short_cooldown: login [
            a_new_code_replaces_the_old_one_and_keeps_the_failures
            a_login_forgets_the_failures
            an_exhausted_phone_is_sent_nothing
        ]);
        $crate::suite!(@cases $start, short_codes: login [an_expired_code_is_refused_like_any_other]);
        $crate::suite!(@cases $start, default: sessions [
            only_a_token_opens_a_session
            a_logout_ends_one_session
        ]);
        $crate::suite!(@cases $start, short_sessions: sessions [
            an_idle_session_ends
            a_busy_session_ends_too
        ]);
        $crate::suite!(@cases $start, default: requests [
            a_bad_field_is_named
            hostile_phones_are_refused
            a_body_has_to_be_json
            a_body_has_a_limit
            unknown_paths_and_methods_are_problems
            tracing_headers_of_a_stranger_change_no_answer
        ]);
        $crate::suite!(@cases $start, default: doors [
            auth_and_sms_refuse_strangers
            the_inbox_is_read_by_challenge
            auth_checks_what_api_sends
            probes_are_open
        ]);

        #[tokio::test]
        async fn api_without_auth_asks_for_patience() {
            let fleet = $start_alone().await;
            $crate::outage::api_without_auth_asks_for_patience(fleet.target()).await;
        }
    };
    (@cases $start:path, $numbers:ident: $module:ident [$($case:ident)*]) => {
        $(
            #[tokio::test]
            async fn $case() {
                let fleet = $start($crate::Numbers::$numbers()).await;
                $crate::$module::$case(fleet.target()).await;
            }
        )*
    };
}
