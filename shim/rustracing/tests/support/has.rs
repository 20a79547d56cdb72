//! Which traits a type has.

/// The constant of the type itself, if the bound holds, goes before the one of the trait.
macro_rules! has {
    ($type:ty, $($bound:tt)+) => {{
        struct Probe<T: ?Sized>(std::marker::PhantomData<T>);
        #[allow(dead_code, reason = "unless the bound holds")]
        impl<T: ?Sized + $($bound)+> Probe<T> {
            const HOLDS: bool = true;
        }
        #[allow(dead_code, reason = "if the bound holds")]
        trait Otherwise {
            const HOLDS: bool = false;
        }
        impl<T: ?Sized> Otherwise for Probe<T> {}
        (stringify!($type), stringify!($($bound)+), <Probe<$type>>::HOLDS)
    }};
}

macro_rules! table {
    ($($type:ty),* $(,)?) => {
        vec![$(
            has!($type, Send), has!($type, Sync), has!($type, Unpin), has!($type, std::panic::UnwindSafe),
            has!($type, std::panic::RefUnwindSafe), has!($type, Clone), has!($type, Copy), has!($type, Default),
            has!($type, std::fmt::Debug), has!($type, std::fmt::Display), has!($type, PartialEq),
            has!($type, Eq), has!($type, PartialOrd), has!($type, Ord), has!($type, std::hash::Hash),
            has!($type, std::error::Error),
        )*]
    };
}
