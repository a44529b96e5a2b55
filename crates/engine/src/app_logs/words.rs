//! The words of log lines, as they are stored and shown.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident: $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// What a word means.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// What part of the product a line comes from.
    Kind:
    /// The app.
    App = "APP",
    /// A connection to another system.
    Endpoint = "ENDPOINT",
    /// A client that sent the line.
    External = "EXTERNAL",
}

words! {
    /// What happened in the app.
    Happening:
    /// Somebody logged in.
    LogIn = "LOGIN",
    /// A record was made.
    RecordCreated = "REST_API_RECORD_CREATED",
    /// Records were read.
    RecordRead = "REST_API_RECORD_READ",
    /// A record was changed.
    RecordUpdated = "REST_API_RECORD_UPDATED",
    /// A record was deleted.
    RecordDeleted = "REST_API_RECORD_DELETED",
    /// An action was run.
    ActionExecuted = "REST_API_ACTION_EXECUTED",
    /// A script said something.
    Script = "SCRIPT",
    /// An event came from another system.
    EventArrived = "EVENT_ARRIVED",
    /// A configuration script came from another system.
    ConfigScriptArrived = "CONFIG_SCRIPT_ARRIVED",
    /// A function of another system was called.
    FunctionCalled = "FUNCTION_CALLED",
}

words! {
    /// How grave a line is.
    Level:
    /// For those who look for a mistake.
    Debug = "DEBUG",
    /// All is well.
    Info = "INFO",
    /// Something is odd.
    Warn = "WARN",
    /// Something went wrong.
    Error = "ERROR",
}

#[cfg(test)]
mod tests {
    use super::{Happening, Kind, Level};

    #[test]
    fn words_come_back() {
        assert!(
            Kind::ALL
                .iter()
                .all(|word| Kind::parse(word.as_str()) == Some(*word))
        );
        assert!(
            Happening::ALL
                .iter()
                .all(|word| Happening::parse(word.as_str()) == Some(*word))
        );
        assert!(
            Level::ALL
                .iter()
                .all(|word| Level::parse(word.as_str()) == Some(*word))
        );
        assert_eq!((Kind::parse("app"), Level::parse("")), (None, None));
    }
}
