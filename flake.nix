{
  description = "weir: a GitOps engine for Kubernetes that shows what a change would do";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "x86_64-darwin"
        "aarch64-darwin"
      ];
      eachSystem = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
    in
    {
      packages = eachSystem (pkgs: {
        default = pkgs.rustPlatform.buildRustPackage {
          pname = "weir";
          version = "0.1.0";
          src = self;
          cargoLock.lockFile = ./Cargo.lock;
          cargoBuildFlags = [ "--package=weir-cli" ];
          # The tests have their own check below.
          doCheck = false;
          meta = {
            license = pkgs.lib.licenses.asl20;
            mainProgram = "weir";
          };
        };
      });

      checks = eachSystem (pkgs: {
        package = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
        tests = self.packages.${pkgs.stdenv.hostPlatform.system}.default.overrideAttrs {
          pname = "weir-tests";
          doCheck = true;
          cargoTestFlags = [ "--workspace" ];
          nativeCheckInputs = [ pkgs.git ];
        };
      });

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          inputsFrom = [ self.packages.${pkgs.stdenv.hostPlatform.system}.default ];
          packages = [
            pkgs.cargo-deny
            pkgs.cargo-insta
            pkgs.cargo-nextest
            pkgs.clippy
            pkgs.just
            pkgs.rust-analyzer
            pkgs.rustfmt
          ];
        };
      });
    };
}
