//! A colour for each service.

/// How many accents the style sheet has: classes `accent-0` and so on.
pub(super) const ACCENTS: u32 = 24;

/// The class of a service's accent. It follows from the name alone, so a service has the same one in every trace and on
/// every day. Two services may share one: their names stand beside it.
pub(super) fn class(service: &str) -> String {
    format!("accent-{}", number(service))
}

/// FNV-1a, whose upper bits are mixed best.
fn number(service: &str) -> u32 {
    let hash = service.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash ^ (hash >> 15)) % ACCENTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_keeps_its_accent() {
        assert_eq!(class("api"), class("api"));
    }

    #[test]
    fn the_three_services_of_the_demo_look_different() {
        let (api, auth, sms) = (number("api"), number("auth"), number("sms"));

        // Neighbours are 15 degrees of hue apart: too close to tell.
        let apart = |a: u32, b: u32| a.abs_diff(b).min(ACCENTS - a.abs_diff(b));
        assert!(apart(api, auth) > 2, "{api} {auth}");
        assert!(apart(auth, sms) > 2, "{auth} {sms}");
        assert!(apart(api, sms) > 2, "{api} {sms}");
    }

    #[test]
    fn every_accent_is_in_the_style_sheet() {
        let style = include_str!("assets/page.css");

        for number in 0..ACCENTS {
            assert!(style.contains(&format!(".accent-{number} {{")), "{number}");
        }
    }
}
