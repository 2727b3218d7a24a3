//! How environment variables are read: each with a default or an error that says how to mend it.

use std::{env, time::Duration};

/// Reads variables and collects what is wrong with them. A variable that is set but empty counts as absent.
pub struct Reader<F> {
    variable: F,
    /// What is wrong so far: one message per variable.
    pub errors: Vec<String>,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    /// Reads from `variable`, which is [`of_process`] in a function.
    #[must_use]
    pub fn new(variable: F) -> Self {
        Self { variable, errors: Vec::new() }
    }

    /// A variable without the white space around it.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        (self.variable)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// One that has to be there. `meaning` says what it takes.
    pub fn required(&mut self, name: &str, meaning: &str) -> String {
        self.required_as(name, meaning, |value| Some(value.to_owned())).unwrap_or_default()
    }

    /// What `parse` makes of one that has to be there, and is `meaning`.
    pub fn required_as<T>(
        &mut self,
        name: &str,
        meaning: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let is = match self.optional(name) {
            None => "not set".into(),
            Some(value) => match parse(&value) {
                None => format!("{value:?}"),
                parsed => return parsed,
            },
        };
        self.errors.push(format!("{name} is {is}; it takes {meaning}"));
        None
    }

    /// What `parse` makes of a variable, or `default` where it is absent.
    pub fn parsed<T>(&mut self, name: &str, default: T, parse: impl FnOnce(&str) -> Result<T, String>) -> T {
        match self.optional(name).map(|value| parse(&value)) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                self.errors.push(format!("{name} {error}"));
                default
            }
        }
    }

    /// Whole seconds, at least so many.
    pub fn seconds(&mut self, name: &str, default: Duration, least: u32) -> Duration {
        self.parsed(name, default, |value| match value.parse::<u32>() {
            Ok(seconds) if seconds >= least => Ok(Duration::from_secs(seconds.into())),
            _ => {
                Err(format!("is {value:?}; it takes a whole number of seconds from {least} to {}", u32::MAX))
            }
        })
    }
}

/// A variable of this process. A value that is not UTF-8 is kept, so that it is reported as wrong and not taken for
/// absent.
#[must_use]
pub fn of_process(name: &str) -> Option<String> {
    env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
