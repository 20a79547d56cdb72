//! Phone numbers, parsed once and shown to nobody.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use phonenumber::{Mode, PhoneNumber, Type, country};

/// The longest text that is looked at. The longest E.164 number has 16 characters, the rest is room for separators.
const MAX_LENGTH: usize = 32;

/// Digits that [`Phone::masked`] keeps at the end of a number.
const SHOWN_TAIL: usize = 4;

/// Digits of the national number that [`Phone::masked`] keeps at its start.
const SHOWN_HEAD: usize = 3;

/// Digits that [`Phone::masked`] hides at the least; shorter numbers show less instead.
const HIDDEN: usize = 4;

/// A valid phone number that can receive a text message.
///
/// `Debug` and `Display` are redacted, so that a careless format argument cannot leak the number. [`Phone::e164`] is the
/// explicit way to the clear text, [`Phone::masked`] the form that a user may see again.
///
/// # Examples
///
/// ```
/// use platform::Phone;
///
/// let phone = Phone::parse("+86 138-0013-8000", None)?;
///
/// assert_eq!(phone.e164(), "+8613800138000");
/// assert_eq!(phone.masked(), "+86138****8000");
/// assert_eq!(format!("{phone} {phone:?}"), "[phone] Phone([redacted])");
/// # Ok::<(), platform::phone::PhoneError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    e164: String,
    /// Length of the country calling code, which [`Phone::masked`] leaves readable.
    country_digits: usize,
}

/// The country in which a number without `+` is read, as an ISO 3166 code such as `CN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region(country::Id);

/// Why a text is not a phone number that we send to.
///
/// The variants are for logs and tests; a client only learns that the field is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneError {
    /// Over 32 bytes, or a character that no written phone number has.
    #[error("not the form of a phone number")]
    Form,
    /// Not a number of any numbering plan.
    #[error("not a valid phone number")]
    Invalid,
    /// A premium-rate, toll-free or other number that no one receives a login code on.
    #[error("not a number that receives text messages")]
    Type,
}

/// The text is not an ISO 3166 country code that the numbering plans know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a two-letter country code such as CN")]
pub struct UnknownRegion;

impl Phone {
    /// Parses a number in international form, or in national form where a default region is given.
    ///
    /// Length and characters are checked before the parser sees the text, and a panic of the parser ends here: earlier
    /// versions of it had two that a remote caller could reach.
    ///
    /// # Errors
    ///
    /// See [`PhoneError`].
    pub fn parse(text: &str, region: Option<Region>) -> Result<Self, PhoneError> {
        if !has_form(text) {
            return Err(PhoneError::Form);
        }

        // The parser is a pure function over the text, so nothing half-changed can be seen after a panic.
        let parsed = catch_unwind(AssertUnwindSafe(|| parse_valid(text, region)));
        parsed.unwrap_or(Err(PhoneError::Invalid))
    }

    /// The number in E.164, for the gateway and for keyed hashes.
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// The number as its owner would recognise it and nobody else: `+86138****8000`.
    ///
    /// At least four digits are hidden, and always behind four stars.
    pub fn masked(&self) -> String {
        let (country, national) = self.e164.split_at(1 + self.country_digits);
        let shown = national.len().saturating_sub(HIDDEN);
        let tail = shown.min(SHOWN_TAIL);
        let head = (shown - tail).min(SHOWN_HEAD);

        format!(
            "{country}{}****{}",
            &national[..head],
            &national[national.len() - tail..]
        )
    }

    /// Loads the numbering plans, which the first parse would otherwise pay for.
    pub fn warm_up() {
        let _: &phonenumber::Metadata = phonenumber::metadata::DATABASE
            .by_id("CN")
            .expect("the numbering plans know China");
    }
}

fn has_form(text: &str) -> bool {
    let international = text.strip_prefix('+').unwrap_or(text);
    text.len() <= MAX_LENGTH
        && international.bytes().any(|byte| byte.is_ascii_digit())
        && international
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b" -.()".contains(&byte))
}

fn parse_valid(text: &str, region: Option<Region>) -> Result<Phone, PhoneError> {
    let number =
        phonenumber::parse(region.map(|region| region.0), text).map_err(|_| PhoneError::Invalid)?;
    if !number.is_valid() || number.extension().is_some() {
        return Err(PhoneError::Invalid);
    }
    if !receives_texts(&number) {
        return Err(PhoneError::Type);
    }

    Ok(Phone {
        e164: number.format().mode(Mode::E164).to_string(),
        country_digits: number.code().value().to_string().len(),
    })
}

fn receives_texts(number: &PhoneNumber) -> bool {
    // Numbers that cost their caller money are what text-message fraud lives on; Unknown is a valid number of a plan
    // that does not tell its types apart.
    matches!(
        number.number_type(&phonenumber::metadata::DATABASE),
        Type::Mobile
            | Type::FixedLineOrMobile
            | Type::FixedLine
            | Type::PersonalNumber
            | Type::Unknown
    )
}

impl fmt::Debug for Phone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Phone([redacted])")
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[phone]")
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| UnknownRegion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Phone, PhoneError> {
        Phone::parse(text, None)
    }

    #[test]
    fn one_number_has_one_form() {
        let china = Some("CN".parse().unwrap());

        for text in [
            "+8613800138000",
            "+86 138 0013 8000",
            "0086 138-0013-8000",
            "138 0013 8000",
        ] {
            assert_eq!(
                Phone::parse(text, china).unwrap().e164(),
                "+8613800138000",
                "{text}"
            );
        }
    }

    #[test]
    fn a_national_number_needs_a_region() {
        assert_eq!(parse("13800138000"), Err(PhoneError::Invalid));
    }

    #[test]
    fn text_that_is_no_number_never_reaches_the_parser() {
        let long = "+1".repeat(500_000);
        for text in [
            "",
            "+",
            " ",
            "+86\u{0}138",
            "+86\r\n138",
            "+\u{200f}8613800138000",
            "+８６１３８００１３８０００",
            "+86138;phone-context=+1",
            "+8613800138000;ext=1",
            "tel:+8613800138000",
            "++8613800138000",
            long.as_str(),
        ] {
            assert_eq!(
                parse(text),
                Err(PhoneError::Form),
                "{:?}",
                &text[..text.len().min(20)]
            );
        }
    }

    #[test]
    fn numbers_of_no_plan_are_refused() {
        for text in [
            "+0",
            "+999123456789",
            "+86138",
            "+861380013800000000000",
            "+1 (((((",
            "+1234567",
        ] {
            assert_eq!(parse(text), Err(PhoneError::Invalid), "{text}");
        }
    }

    #[test]
    fn numbers_that_charge_the_caller_are_refused() {
        for text in ["+19002345678", "+18002345678", "+449012345678"] {
            assert_eq!(parse(text), Err(PhoneError::Type), "{text}");
        }
    }

    #[test]
    fn the_mask_hides_at_least_four_digits() {
        for (number, masked) in [
            ("+8613800138000", "+86138****8000"),
            ("+14155552671", "+141****2671"),
            ("+4520123456", "+45****3456"),
        ] {
            assert_eq!(parse(number).unwrap().masked(), masked);
        }
    }
}
