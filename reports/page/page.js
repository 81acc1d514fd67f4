"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(byId(id)?.textContent ?? "null");
  const names = read("names") ?? {};

  // Light and dark: the system's choice until the reader makes one.
  const root = document.documentElement;
  const theme = byId("theme");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const label = () => { theme.textContent = isDark() ? "Light" : "Dark"; };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  dark.addEventListener("change", label);
  label();

  // Tables: a click on a heading sorts, up, then down, then back to the order of the paper.
  const order = { none: "ascending", ascending: "descending", descending: "none" };
  const rank = (cell) => {
    const raw = cell.dataset.value ?? "";
    return cell.classList.contains("number") && raw !== "" ? Number(raw) : raw;
  };
  const compare = (one, other) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    if (typeof one === "number" && typeof other === "number") return one - other;
    return String(one).localeCompare(String(other), undefined, { numeric: true });
  };
  for (const table of document.querySelectorAll(".table table")) {
    const bodies = [...table.tBodies];
    const original = bodies.map((body) => [...body.rows]);
    const all = original.flat();
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
      if (all[0]?.cells[column]?.classList.contains("number")) head.classList.add("number");
      button.addEventListener("click", () => {
        const next = order[head.getAttribute("aria-sort")];
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", next);
        if (next === "none") {
          bodies.forEach((body, number) => body.append(...original[number]));
          return;
        }
        const way = next === "ascending" ? 1 : -1;
        const sorted = [...all].sort((one, other) => {
          const [a, b] = [rank(one.cells[column]), rank(other.cells[column])];
          // A missing value stays last, whichever way round.
          return a === "" || b === "" ? compare(a, b) : way * compare(a, b);
        });
        bodies[0].append(...sorted);
      });
    });
  }

  // A table wider than the page says so, and scrolls by the keyboard too.
  const widths = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = target.scrollWidth > target.clientWidth;
      target.classList.toggle("scrolls", wide);
      if (wide) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const figure of document.querySelectorAll(".table figure")) widths.observe(figure);

  // The filter: rows of a method that is not ticked are hidden, in every table.
  const filter = byId("filter");
  if (filter) {
    const boxes = [...filter.elements.method?.length ? filter.elements.method : [filter.elements.method]];
    const apply = () => {
      const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
      for (const row of document.querySelectorAll("tr[data-method]"))
        row.classList.toggle("filtered", off.has(row.dataset.method));
    };
    const all = (checked) => { boxes.forEach((box) => { box.checked = checked; }); apply(); };
    filter.hidden = false;
    filter.addEventListener("change", apply);
    byId("filter-all").addEventListener("click", () => all(true));
    byId("filter-none").addEventListener("click", () => all(false));
    apply();
  }

  // The viewer: two methods side by side on one photograph at one ratio.
  const photographs = read("photographs");
  if (!photographs) return;
  const SVG = "http://www.w3.org/2000/svg";
  const state = { photo: 0, keep: "" };
  const make = (name, attributes) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const draw = (side) => {
    const photo = photographs[state.photo];
    const method = byId(`method-${side}`).value;
    const kept = photo.kept[method]?.[state.keep] ?? [];
    const picture = byId(`picture-${side}`);
    const { rows, columns } = photo;
    picture.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    picture.setAttribute("preserveAspectRatio", "none");
    const path = kept
      .map((token) => `M${token % columns} ${Math.floor(token / columns)}h1v1h-1z`)
      .join("");
    const image = { href: photo.source, width: columns, height: rows, preserveAspectRatio: "none" };
    const clip = make("clipPath", { id: `kept-${side}` });
    clip.append(make("path", { d: path }));
    picture.replaceChildren(
      clip,
      make("image", { ...image, style: "filter: grayscale(.7) brightness(.35)" }),
      make("image", { ...image, "clip-path": `url(#kept-${side})` }),
      make("path", { d: path, fill: "none", stroke: "#ffc107", "stroke-width": ".06", class: "tokens" }),
    );
    const name = names[method] ?? method;
    picture.setAttribute("aria-label", `${photo.name}: ${kept.length} tokens kept by ${name}`);
    byId(`note-${side}`).textContent =
      `${kept.length} of ${rows * columns} tokens. ${photo.notes[method]?.[state.keep] ?? ""}`;
  };
  const redraw = () => { draw("left"); draw("right"); };
  const MANY = 12; // choices, above which a list serves better than buttons
  const choose = (where, name, choices, chosen, change) => {
    if (choices.length > MANY) {
      const select = document.createElement("select");
      select.name = name;
      select.setAttribute("aria-label", byId(where).querySelector("legend").textContent);
      for (const [value, text] of choices) select.add(new Option(text, value));
      select.value = chosen;
      select.addEventListener("change", () => { change(select.value); redraw(); });
      byId(where).append(select);
      return;
    }
    for (const [value, text] of choices) {
      const wrapper = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name, value, checked: value === chosen });
      input.addEventListener("change", () => { change(value); redraw(); });
      wrapper.append(input, ` ${text}`);
      byId(where).append(wrapper);
    }
  };
  const methods = Object.keys(photographs[0].kept);
  const keeps = Object.keys(photographs[0].kept[methods[0]]);
  state.keep = keeps[Math.min(1, keeps.length - 1)];
  choose("photos", "photo", photographs.map((photo, number) => [String(number), photo.name]), "0",
    (value) => { state.photo = Number(value); });
  choose("keeps", "keep", keeps.map((keep) => [keep, keep]), state.keep,
    (value) => { state.keep = value; });
  const first = { left: "evtp", right: "divprune" };
  for (const side of ["left", "right"]) {
    const select = byId(`method-${side}`);
    for (const method of methods) select.add(new Option(names[method] ?? method, method));
    if (methods.includes(first[side])) select.value = first[side];
    select.addEventListener("change", () => draw(side));
  }
  byId("viewer-controls").hidden = false;
  byId("panes").hidden = false;
  redraw();
})();
