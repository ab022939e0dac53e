//! Chores of the repository: `cargo xtask NAME …`.

mod schema;

/// Each chore by its name.
const CHORES: &[(&str, &str, fn(&[String]) -> Result<(), String>)] = &[(
    "schema",
    "OPENAPI.json…: writes the table of merge keys and scopes in engine/kustomize from OpenAPI documents",
    schema::write,
)];

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
