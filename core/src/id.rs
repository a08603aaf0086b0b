//! Names of 16 random bytes, which are never used again: of transfers, engagements, invites.
//!
//! ```text
//! 0011223344556677 8899aabbccddeeff      hex, on the wire
//! ```

/// Makes such a type.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 16 bytes that were drawn at random.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes, as they salt every derivation.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// The first 8 digits: enough for a log line or to be typed, too few to ask for anything.
            pub fn short(&self) -> String {
                $crate::text::hex(&self.0).chars().take(8).collect()
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                formatter.write_str(&$crate::text::hex(&self.0))
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::text::TextError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::text::from_hex(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::text::TextError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    };
}

pub(crate) use id;
