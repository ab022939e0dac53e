"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const objects = [...document.querySelectorAll("details.object")];
  const units = [...document.querySelectorAll("section.unit")];
  const root = document.documentElement;
  let current = -1;

  // The theme: the system's, until somebody chooses.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wanted = new URLSearchParams(location.search).get("theme");
  const theme = (name) => root.setAttribute("data-theme", name);
  theme(wanted || (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", (event) => theme(event.matches ? "dark" : "light"));
  const turn = () => theme(root.getAttribute("data-theme") === "dark" ? "light" : "dark");

  const texts = new Map();
  const text = (object) => {
    if (!texts.has(object)) texts.set(object, object.textContent.toLowerCase());
    return texts.get(object);
  };

  function filter() {
    const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const action = $("action").value;
    const cluster = $("cluster") ? $("cluster").value : "";
    let count = 0;
    for (const unit of units) {
      const name = unit.dataset.name.toLowerCase();
      let any = false;
      for (const object of unit.querySelectorAll("details.object")) {
        const fits = words.every((word) => name.includes(word) || text(object).includes(word))
          && (!action || object.classList.contains(action))
          && (!cluster || (object.dataset.clusters || "").split(" ").includes(cluster));
        object.classList.toggle("hidden", !fits);
        any = any || fits;
        if (fits) count += 1;
      }
      const bare = !unit.querySelector("details.object") && words.every((word) => text(unit).includes(word));
      unit.classList.toggle("hidden", !any && !(bare && !action && !cluster));
    }
    $("found").textContent = words.length || action || cluster ? count + " of " + objects.length : "";
  }

  // Two columns are laid out when an object is opened: a large report has many that never are.
  function columns(object) {
    const two = document.body.classList.contains("side-by-side");
    if (!object.open || (object.dataset.two === "1") === two) return;
    object.dataset.two = two ? "1" : "0";
    for (const hunk of object.querySelectorAll(".hunk")) {
      const old = hunk.querySelector(".two");
      if (old) old.remove();
      const one = hunk.querySelector("pre");
      one.classList.toggle("hidden", two);
      if (two) hunk.append(split(one));
    }
  }

  function split(pre) {
    const box = document.createElement("div");
    box.className = "two";
    const left = document.createElement("pre");
    const right = document.createElement("pre");
    let removed = [];
    let added = [];
    const put = (column, line) =>
      column.append(line ? line.cloneNode(true) : document.createElement("span"));
    const flush = () => {
      for (let i = 0; i < Math.max(removed.length, added.length); i += 1) {
        put(left, removed[i]);
        put(right, added[i]);
      }
      removed = [];
      added = [];
    };
    for (const line of pre.children) {
      if (line.className === "r") removed.push(line);
      else if (line.className === "a") added.push(line);
      else {
        flush();
        put(left, line);
        put(right, line);
      }
    }
    flush();
    box.append(left, right);
    return box;
  }

  const pressed = (id, name) => {
    const on = document.body.classList.toggle(name);
    $(id).setAttribute("aria-pressed", on);
    return on;
  };
  const sides = () => { pressed("sides", "side-by-side"); objects.forEach(columns); };
  const folded = () => pressed("folded", "with-folded");
  const visible = () => objects.filter((object) => object.offsetParent !== null);
  function expand() {
    const all = visible();
    const open = all.some((object) => !object.open);
    all.forEach((object) => { object.open = open; });
  }
  function go(step) {
    const all = visible();
    if (!all.length) return;
    const at = all.indexOf(objects[current]);
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    objects[current]?.classList.remove("current");
    current = objects.indexOf(next);
    next.classList.add("current");
    next.scrollIntoView({ block: "start" });
  }
  function graph() {
    const box = $("graph");
    if (!box) return;
    box.open = !box.open;
    if (box.open) box.scrollIntoView({ block: "start" });
  }
  const help = () => $("help").classList.toggle("hidden");
  const keys = {
    "/": () => $("search").focus(),
    j: () => go(1),
    k: () => go(-1),
    o: () => { if (objects[current]) objects[current].open = !objects[current].open; },
    e: expand, s: sides, f: folded, g: graph, t: turn, "?": help,
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { $("search").value = ""; $("search").blur(); filter(); return; }
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  for (const object of objects) object.addEventListener("toggle", () => columns(object));
  $("search").addEventListener("input", filter);
  $("action").addEventListener("change", filter);
  if ($("cluster")) $("cluster").addEventListener("change", filter);
  for (const link of document.querySelectorAll("a[data-cluster]")) {
    link.addEventListener("click", () => { $("cluster").value = link.dataset.cluster; filter(); });
  }
  $("sides").addEventListener("click", sides);
  $("folded").addEventListener("click", folded);
  $("expand").addEventListener("click", expand);
  $("theme").addEventListener("click", turn);
  $("keys").addEventListener("click", help);
})();
