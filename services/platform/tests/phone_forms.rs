//! Phone numbers under input that nobody thought of.

use platform::{Phone, Region};
use proptest::prelude::*;

fn region() -> impl Strategy<Value = Option<Region>> {
    prop::sample::select(vec![None, Some("CN"), Some("US"), Some("DE"), Some("BR")])
        .prop_map(|country| country.map(|country| country.parse().unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_parser_panic(text in r"(?s).{0,40}", region in region()) {
        let _ = Phone::parse(&text, region);
    }

    #[test]
    fn whatever_looks_like_a_number_is_read_or_refused(text in r"[+0-9 ().-]{1,32}", region in region()) {
        if let Ok(phone) = Phone::parse(&text, region) {
            let again = Phone::parse(phone.e164(), None);
            prop_assert_eq!(again.as_ref().map(Phone::e164), Ok(phone.e164()), "E.164 is read as itself");

            let hidden = phone.e164().len() - phone.masked().replace('*', "").len();
            prop_assert!(hidden >= 4, "{} hides {hidden} digits", phone.masked());
        }
    }

    #[test]
    fn mobile_numbers_of_china_are_valid(number in 0_u32..100_000_000) {
        let text = format!("+86138{number:08}");

        let phone = Phone::parse(&text, None).unwrap();

        prop_assert_eq!(phone.e164(), &text);
    }
}
