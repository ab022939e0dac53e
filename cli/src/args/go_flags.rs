//! Flags as Go's pflag reads them, for commands that stand in for a program written in Go.

use clap::builder::ValueParser;
use clap::{ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// Arguments whose flags follow pflag: a switch may be written `--flag=false`, the last of several counts, and a value
/// may begin with a dash.
#[derive(Debug)]
pub(crate) struct GoFlags<T>(pub(crate) T);

impl<T: Args> Args for GoFlags<T> {
    fn augment_args(command: Command) -> Command {
        T::augment_args(command).args_override_self(true).mut_args(|argument| {
            match argument.get_action() {
                ArgAction::SetTrue => argument
                    .action(ArgAction::Set)
                    .num_args(0..=1)
                    .require_equals(true)
                    .default_value("false")
                    .default_missing_value("true")
                    .hide_default_value(true)
                    .hide_possible_values(true)
                    .value_parser(ValueParser::new(switch))
                    .value_name("BOOL"),
                ArgAction::Set | ArgAction::Append if !argument.is_positional() => {
                    argument.allow_hyphen_values(true)
                }
                _ => argument,
            }
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: FromArgMatches> FromArgMatches for GoFlags<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// Reads a switch's value as Go's `ParseBool` does.
fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing \"{text}\": invalid syntax")),
    }
}

/// How a flag that is accepted and does nothing takes its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A switch.
    Switch,
    /// A value must follow.
    Value,
    /// A value may follow after `=`.
    Optional,
}

/// Adds flags of the other program that mean nothing here. They are accepted, so that a command line works unchanged,
/// and not shown in the help.
pub(crate) fn accept(command: Command, flags: &[(&'static str, Shape)]) -> Command {
    flags.iter().fold(command, |command, (name, shape)| {
        let flag = clap::Arg::new(*name).long(*name).hide(true);
        command.arg(match shape {
            Shape::Switch => flag.action(ArgAction::SetTrue),
            Shape::Value => flag.action(ArgAction::Append),
            Shape::Optional => flag
                .action(ArgAction::Append)
                .num_args(0..=1)
                .require_equals(true)
                .default_missing_value(""),
        })
    })
}
