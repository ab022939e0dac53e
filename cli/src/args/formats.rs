//! The forms of output that `-o` names.

use clap::ValueEnum;

/// Forms of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DataFormat {
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// Forms of a tree of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TreeFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Forms of a report of an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ApplyFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// JUnit's XML, for the test reports of CI systems.
    Junit,
}

/// Forms of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// A picture that needs nothing else.
    Svg,
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
}

/// Forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people at a terminal.
    Text,
    /// For programs.
    Json,
    /// One line for each object.
    Brief,
    /// One line for each unit, with counts.
    Stat,
    /// For a pull request's comment.
    Markdown,
    /// A comment as GitHub shows it best.
    Github,
    /// A comment as GitLab shows it best.
    Gitlab,
    /// A comment as Gitea shows it best.
    Gitea,
    /// A comment as Forgejo shows it best.
    Forgejo,
    /// One page that needs no network.
    Html,
}

/// Forms of a report of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit's XML, for the test reports of CI systems.
    Junit,
}

/// Which differences the exit code tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExitRule {
    /// Any.
    Differences,
    /// Those to look at twice: data that would be lost, objects made anew.
    Grave,
    /// None: only failures and refusals.
    Never,
}
