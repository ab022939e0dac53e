//! Chores of the repository: `cargo xtask NAME …`.

mod go_enums;
mod kubernetes;
mod schema;

/// A chore; it takes the arguments after its name.
type Chore = fn(&[String]) -> Result<(), String>;

/// Each chore by its name, with its arguments and what it does.
const CHORES: &[(&str, &str, Chore)] = &[
    (
        "kubernetes",
        "VERSION=OPENAPI-FOLDER,API-FOLDER…: writes the table of Kubernetes' types in engine/check",
        kubernetes::write,
    ),
    (
        "schema",
        "OPENAPI.json…: writes the table of merge keys and scopes in engine/kustomize from OpenAPI documents",
        schema::write,
    ),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chore = arguments.first().and_then(|name| CHORES.iter().find(|(chore, ..)| chore == name));
    let Some((name, _, run)) = chore else {
        for (name, usage, _) in CHORES {
            eprintln!("cargo xtask {name} {usage}");
        }
        std::process::exit(2);
    };
    if let Err(error) = run(&arguments[1..]) {
        eprintln!("could not run `{name}`: {error}");
        std::process::exit(1);
    }
}
