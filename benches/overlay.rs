//! Makes a kustomize tree of a wished size that looks like a real one: teams with applications, and an overlay that
//! uses most of what kustomize has. All of it grows with the tree, so that what is quadratic shows.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Resources that one application has.
const PER_APPLICATION: usize = 5;
/// Applications that one team has.
const PER_TEAM: usize = 12;

/// Writes a tree of about `resources` resources into an empty folder; `overlay` in it is what is to be built.
pub fn write(folder: &Path, resources: usize) -> io::Result<()> {
    let applications = resources.div_ceil(PER_APPLICATION);
    let teams = applications.div_ceil(PER_TEAM);
    for team in 0..teams {
        let members = team * PER_TEAM..applications.min((team + 1) * PER_TEAM);
        write_team(&folder.join(format!("teams/team-{team:04}")), team, members)?;
    }
    write_overlay(&folder.join("overlay"), teams)
}

fn write_team(folder: &Path, team: usize, members: std::ops::Range<usize>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut kustomization = String::from("resources:\n");
    for number in members.clone() {
        let name = format!("app-{number:05}");
        fs::write(folder.join(format!("{name}.yaml")), application(&name, team))?;
        writeln!(kustomization, "  - {name}.yaml").ok();
    }
    let first = members.start;
    write!(
        kustomization,
        "namePrefix: t{team:04}-
commonAnnotations:
  example.com/team: team-{team:04}
configMapGenerator:
  - name: shared
    literals:
      - team=team-{team:04}
      - level=info
secretGenerator:
  - name: token
    literals:
      - token=secret-{team:04}
patches:
  - target:
      kind: Deployment
      name: app-{first:05}
    patch: |-
      - op: add
        path: /spec/template/spec/priorityClassName
        value: high
"
    )
    .ok();
    fs::write(folder.join("kustomization.yaml"), kustomization)
}

/// The objects of one application, with references to each other and to what the team's generators make.
fn application(name: &str, team: usize) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app: {name}
    tier: {tier}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      serviceAccountName: {name}
      containers:
        - name: main
          image: registry.example.com/web
          args: [\"--team\", \"{team}\"]
          ports:
            - containerPort: 8080
          envFrom:
            - configMapRef:
                name: {name}
            - configMapRef:
                name: shared
          env:
            - name: TOKEN
              valueFrom:
                secretKeyRef:
                  name: token
                  key: token
            - name: TEAM
              value: unknown
          resources:
            limits:
              cpu: 100m
              memory: 64Mi
        - name: proxy
          image: registry.example.com/proxy:v1
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    app: {name}
  ports:
    - port: 80
      targetPort: 8080
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {name}
data:
  application: {name}
  settings: |
    listen: 8080
    log: json
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
spec:
  rules:
    - host: {name}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {name}
                port:
                  number: 80
",
        tier = if team.is_multiple_of(2) { "web" } else { "back" },
    )
}

fn write_overlay(folder: &Path, teams: usize) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut kustomization = String::from("resources:\n");
    for team in 0..teams {
        writeln!(kustomization, "  - ../teams/team-{team:04}").ok();
    }
    kustomization.push_str(
        "namespace: production
namePrefix: prod-
nameSuffix: -v1
labels:
  - pairs:
      example.com/environment: production
    includeSelectors: true
images:
  - name: registry.example.com/web
    newTag: v1.2.3
configMapGenerator:
  - name: overlay
    literals:
      - environment=production
patches:
  - target:
      kind: Deployment
      labelSelector: tier=web
    patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: any
      spec:
        template:
          spec:
            containers:
              - name: proxy
                env:
                  - name: EXTRA
                    value: \"1\"
",
    );
    let first = |team: usize| format!("app-{:05}", team * PER_TEAM);
    for team in 0..teams {
        let name = first(team);
        write!(
            kustomization,
            "  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: t{team:04}-{name}
      spec:
        template:
          spec:
            containers:
              - name: main
                env:
                  - name: FIRST
                    value: \"yes\"
  - target:
      kind: Service
      name: t{team:04}-{name}
    patch: |-
      - op: add
        path: /spec/type
        value: ClusterIP
"
        )
        .ok();
    }
    kustomization.push_str("replicas:\n");
    for team in 0..teams {
        writeln!(kustomization, "  - name: t{team:04}-{}\n    count: 3", first(team)).ok();
    }
    kustomization.push_str("replacements:\n");
    for team in 0..teams {
        write!(
            kustomization,
            "  - source:
      kind: ConfigMap
      name: t{team:04}-shared
      fieldPath: data.team
    targets:
      - select:
          kind: Deployment
          name: t{team:04}-{}
        fieldPaths:
          - spec.template.spec.containers.[name=main].env.[name=TEAM].value
",
            first(team)
        )
        .ok();
    }
    fs::write(folder.join("kustomization.yaml"), kustomization)
}
