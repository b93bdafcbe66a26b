/* What all explorables share: labelled native controls, plots in SVG with axes, a line that says the main number.

   An explorable is a file that calls  lossland.explorable(name, { compute, build }).  compute(inputs) is a pure
   function with the numbers of the figure: it can be called without any figure, and is compared with the package.
   build(ui) adds controls and plots and returns a function that draws.  It is called again after every change of a
   control, of the width and of the theme.  Colors are variables of explorables.css, so that dark mode follows. */
(function () {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const lossland = (window.lossland = window.lossland || {});
  lossland.explorables = lossland.explorables || {};
  const reduced = window.matchMedia("(prefers-reduced-motion: reduce)");
  let count = 0;

  function element(name, attributes, parent) {
    const made = name.startsWith("svg:") ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "text") made.textContent = value;
      else made.setAttribute(key, value);
    }
    if (parent) parent.append(made);
    return made;
  }

  const sign = (text) => text.replace("-", "\u2212");

  /* A number in few characters: 0.0123, 12.3, 4.5e-7 as 4.5·10⁻⁷. */
  function format(value, digits = 3) {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "none" : sign(value > 0 ? "∞" : "-∞");
    const size = Math.abs(value);
    if (size && (size < 1e-3 || size >= 1e5)) {
      const [head, power] = value.toExponential(digits - 1).split("e");
      const small = String(+power).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[+c]));
      return sign(+head === 1 ? `10${small}` : `${+head}·10${small}`);
    }
    return sign(String(+value.toPrecision(digits)));
  }

  /* Text with subscripts and superscripts, written q_k or E_{∞}^2, as parts of an SVG text. */
  function rich(text, target) {
    let shift = 0;
    for (const [, mark, inner, plain] of text.matchAll(/([_^])(?:\{([^}]*)\}|(.))|[^_^]+/g).map((m) =>
      m[1] ? [0, m[1], m[2] ?? m[3], null] : [0, null, null, m[0]]
    )) {
      const want = mark === "_" ? 4 : mark === "^" ? -5 : 0;
      const part = element("svg:tspan", { dy: want - shift, text: plain ?? inner }, target);
      if (mark) part.setAttribute("class", "ex-small");
      shift = want;
    }
  }

  function linearTicks(low, high, wanted) {
    const rough = (high - low) / wanted;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
    const ticks = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(+(k * step).toPrecision(12));
    return ticks;
  }

  function logTicks(low, high, wanted) {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const step = Math.max(1, Math.ceil((last - first) / wanted));
    const ticks = [];
    for (let k = first; k <= last; k += step) ticks.push(10 ** k);
    return ticks;
  }

  class Plot {
    constructor(parent, options) {
      this.options = { ratio: 0.72, ...options };
      this.frame = element("div", { class: "ex-plot" }, parent);
      this.canvas = options.canvas ? element("canvas", { "aria-hidden": "true" }, this.frame) : null;
      this.svg = element("svg:svg", { role: "img", "aria-label": options.label }, this.frame);
      this.clip = `ex-clip-${++count}`;
    }

    /* Empty the plot and draw axes. Ranges are pairs; log says that an axis is logarithmic. */
    begin({ x, y, xlabel = "", ylabel = "", title = "", xlog = false, ylog = false, axes = true, label }) {
      const width = Math.max(160, this.frame.clientWidth);
      const ratio = width < 420 ? Math.max(this.options.ratio, this.options.phoneRatio || 0) : this.options.ratio;
      const bare = { left: 6, right: 6, top: title ? 26 : 6, bottom: xlabel ? 24 : 6 };
      const margin = axes ? { left: ylabel ? 56 : 40, right: 12, top: title ? 28 : 12, bottom: 42 } : bare;
      const inner = width - margin.left - margin.right;
      const height = this.options.square
        ? inner * ((y[1] - y[0]) / (x[1] - x[0])) + margin.top + margin.bottom
        : Math.round(width * ratio);
      Object.assign(this, { x, y, xlog, ylog, width, height, margin });
      if (label) this.svg.setAttribute("aria-label", label);
      this.svg.setAttribute("width", width);
      this.svg.setAttribute("height", height);
      this.svg.replaceChildren();
      const clip = element("svg:clipPath", { id: this.clip }, element("svg:defs", {}, this.svg));
      const box = { x: margin.left, y: margin.top, width: inner, height: height - margin.top - margin.bottom };
      element("svg:rect", box, clip);
      this.box = box;
      if (this.canvas) this.fitCanvas();
      if (axes) this.axes(xlabel, ylabel);
      else if (xlabel) this.words(xlabel, box.x + box.width / 2, height - 8, "middle");
      if (title) this.words(title, width < 250 ? 4 : box.x, 18, "start", "ex-title");
      this.layer = element("svg:g", { "clip-path": `url(#${this.clip})` }, this.svg);
      return this;
    }

    fitCanvas() {
      const scale = window.devicePixelRatio || 1;
      const style = this.canvas.style;
      [style.left, style.top] = [`${this.box.x}px`, `${this.box.y}px`];
      [style.width, style.height] = [`${this.box.width}px`, `${this.box.height}px`];
      this.canvas.width = Math.round(this.box.width * scale);
      this.canvas.height = Math.round(this.box.height * scale);
    }

    axes(xlabel, ylabel) {
      const { x: left, y: top, width, height } = this.box;
      const axes = element("svg:g", { class: "ex-axes" }, this.svg);
      const ticks = (range, log, wanted) => (log ? logTicks : linearTicks)(range[0], range[1], wanted);
      const name = (value, log) => (log && (value < 0.01 || value > 100) ? format(value) : sign(String(value)));
      for (const value of ticks(this.x, this.xlog, Math.max(2, Math.floor(width / (this.xlog ? 60 : width < 220 ? 36 : 52))))) {
        const at = this.X(value);
        element("svg:line", { x1: at, x2: at, y1: top, y2: top + height, class: "ex-grid" }, axes);
        this.words(name(value, this.xlog), at, top + height + 16, "middle", "ex-tick", axes);
      }
      for (const value of ticks(this.y, this.ylog, Math.max(2, Math.floor(height / 38)))) {
        const at = this.Y(value);
        element("svg:line", { x1: left, x2: left + width, y1: at, y2: at, class: "ex-grid" }, axes);
        this.words(name(value, this.ylog), left - 6, at + 4, "end", "ex-tick", axes);
      }
      const path = `M${left} ${top}V${top + height}H${left + width}`;
      element("svg:path", { d: path, class: "ex-axis" }, axes);
      this.words(xlabel, left + width / 2, top + height + 35, "middle", "ex-label", axes);
      if (!ylabel) return;
      const turned = this.words(ylabel, 0, 0, "middle", "ex-label", axes);
      turned.setAttribute("transform", `translate(14 ${top + height / 2}) rotate(-90)`);
    }

    X(value) {
      const [low, high] = this.xlog ? this.x.map(Math.log) : this.x;
      return this.box.x + (this.box.width * ((this.xlog ? Math.log(value) : value) - low)) / (high - low);
    }

    Y(value) {
      const [low, high] = this.ylog ? this.y.map(Math.log) : this.y;
      return this.box.y + this.box.height * (1 - ((this.ylog ? Math.log(value) : value) - low) / (high - low));
    }

    words(text, x, y, anchor = "start", cls = "", parent = this.svg) {
      const made = element("svg:text", { x, y, "text-anchor": anchor, class: cls }, parent);
      rich(text, made);
      return made;
    }

    /* Text at a point of the axes, with a halo in the color of the ground. */
    note(text, x, y, { anchor = "start", dx = 0, dy = 0, halo = true } = {}) {
      return this.words(text, this.X(x) + dx, this.Y(y) + dy, anchor, halo ? "ex-note" : "");
    }

    path(points) {
      let text = "";
      let pen = "M";
      for (const [x, y] of points) {
        const [at, up] = [this.X(x), this.Y(y)];
        if (!Number.isFinite(at) || Number.isNaN(up)) {
          pen = "M";
          continue;
        }
        text += `${pen}${at.toFixed(2)} ${Math.max(-1e4, Math.min(1e4, up)).toFixed(2)}`;
        pen = "L";
      }
      return text;
    }

    /* A line through points [x, y]; a point that is not finite interrupts it. */
    line(points, color, { dash = "", width = 2 } = {}) {
      const look = { d: this.path(points), class: `ex-line ex-s-${color}`, "stroke-width": width };
      return element("svg:path", dash ? { ...look, "stroke-dasharray": dash } : look, this.layer);
    }

    area(points, color, opacity = 0.15) {
      const look = { d: `${this.path(points)}Z`, class: `ex-f-${color}`, "fill-opacity": opacity };
      return element("svg:path", look, this.layer);
    }

    /* Many dots as one path, which is quicker than as many circles. */
    dots(points, color, { radius = 2.2, opacity = 1 } = {}) {
      let text = "";
      for (const [x, y] of points) {
        const [at, up] = [this.X(x), this.Y(y)];
        if (Number.isFinite(at) && Number.isFinite(up)) text += `M${at.toFixed(1)} ${up.toFixed(1)}h0`;
      }
      const look = { d: text, class: `ex-dots ex-s-${color}`, "stroke-width": 2 * radius, "stroke-opacity": opacity };
      return element("svg:path", look, this.layer);
    }

    /* A large dot; nothing outside of the axes. */
    mark(x, y, color, radius = 5.5) {
      const [cx, cy] = [this.X(x), this.Y(y)];
      const { x: left, y: top, width, height } = this.box;
      const inside = cx >= left - 1 && cx <= left + width + 1 && cy >= top - 1 && cy <= top + height + 1;
      if (inside) element("svg:circle", { cx, cy, r: radius, class: `ex-mark ex-f-${color}` }, this.svg);
    }
  }

  /* Controls and plots of one figure; values of the controls are in `values`. */
  class Interface {
    constructor(stage) {
      this.values = {};
      const pairs = (stage.closest("figure").dataset.set || "").split(/\s+/).filter(Boolean);
      this.first = Object.fromEntries(pairs.map((pair) => pair.split("=")));
      this.controls = element("div", { class: "ex-controls", role: "group", "aria-label": "Controls" }, stage);
      this.buttons = element("div", { class: "ex-buttons" }, this.controls);
      this.keys = element("ul", { class: "ex-legend" }, stage);
      this.output = element("p", { class: "ex-output", role: "status", "aria-live": "polite", "aria-atomic": "true" }, stage);
      this.resets = [];
      this.stage = stage;
      this.row();
    }

    get still() {
      return reduced.matches;
    }

    update() {
      if (this.waiting) return;
      this.waiting = requestAnimationFrame(() => this.redraw());
    }

    redraw() {
      cancelAnimationFrame(this.waiting);
      this.waiting = 0;
      if (this.draw && this.stage.clientWidth) this.draw();
    }

    labelled(label, kind) {
      const id = `ex-control-${++count}`;
      const box = element("div", { class: `ex-control ex-${kind}` });
      this.buttons.before(box);
      const name = element("label", { for: id }, box);
      name.innerHTML = label;
      return { id, box };
    }

    /* A slider. With log its positions count equal steps of the decimal logarithm, and values are rounded to some
       digits; with stops they are the places in a list of values. */
    slider(key, { label, min, max, step, value, log = false, digits = 2, stops = null, show = format, on }) {
      const { id, box } = this.labelled(label, "slider");
      const start = key in this.first ? +this.first[key] : value;
      const output = element("output", { for: id, "aria-hidden": "true" }, box);
      const decades = log ? Math.log10(max / min) : 0;
      const steps = Math.round(decades / step);
      const value_at = (at) => (stops ? stops[at] : log ? +(min * 10 ** ((decades * at) / steps)).toPrecision(digits) : at);
      const place = (v) => (stops ? stops.indexOf(v) : log ? Math.round((Math.log10(v / min) / decades) * steps) : v);
      const range = stops ? [0, stops.length - 1, 1] : log ? [0, steps, 1] : [min, max, step];
      const input = element("input", { type: "range", id, min: range[0], max: range[1], step: range[2], name: key }, box);
      const read = () => {
        this.values[key] = value_at(+input.value);
        output.textContent = show(this.values[key]);
        input.setAttribute("aria-valuetext", output.textContent);
      };
      const set = (v) => {
        input.value = place(v);
        read();
      };
      input.addEventListener("input", () => {
        read();
        if (on) on(this.values[key]);
        this.update();
      });
      this.resets.push(() => set(start));
      set(start);
      return { input, set };
    }

    choice(key, { label, options, value, on }) {
      const { id, box } = this.labelled(label, "choice");
      const start = this.first[key] || value;
      const select = element("select", { id, name: key }, box);
      for (const [name, text] of options) element("option", { value: name, text }, select);
      const set = (v) => {
        select.value = this.values[key] = v;
      };
      select.addEventListener("change", () => {
        set(select.value);
        if (on) on(select.value);
        this.update();
      });
      this.resets.push(() => set(start));
      set(start);
      return { select, set };
    }

    button(text, action) {
      const made = element("button", { type: "button", text }, this.buttons);
      made.addEventListener("click", () => {
        action();
        this.update();
      });
      return made;
    }

    /* Begin a new row of plots, each at least so wide. */
    row(least = "12.5rem") {
      if (this.panels && !this.panels.childElementCount) this.panels.remove();
      this.panels = element("div", { class: "ex-panels", style: `--least: ${least}` });
      this.keys.before(this.panels);
    }

    plot(options) {
      return new Plot(this.panels, options);
    }

    /* Names of lines and dots: [color, text, "line" | "dash" | "dot" | "area"]. */
    legend(items) {
      this.keys.replaceChildren();
      for (const [color, text, kind = "line"] of items) {
        const item = element("li", {}, this.keys);
        const look = { class: `ex-key ex-key-${kind}`, style: `--key: var(--ex-${color})`, "aria-hidden": "true" };
        element("span", look, item);
        element("span", {}, item).innerHTML = text;
      }
    }

    say(html) {
      if (this.said !== html) this.output.innerHTML = html;
      this.said = html;
    }

    color(name) {
      const text = getComputedStyle(this.stage).getPropertyValue(`--ex-${name}`).trim();
      return [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
    }
  }

  function mount(stage, spec) {
    const ui = new Interface(stage);
    const draw = spec.build(ui);
    ui.button("Reset", () => ui.resets.forEach((reset) => reset()));
    ui.draw = draw;
    ui.redraw();
    new ResizeObserver(() => ui.update()).observe(stage);
    new MutationObserver(() => ui.update()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    stage.closest("figure").dataset.ready = "true";
  }

  lossland.explorable = function (name, spec) {
    lossland.explorables[name] = { compute: spec.compute, samples: spec.samples };
    const start = () => {
      document.querySelectorAll(`.explorable[data-explorable="${name}"] .explorable-stage`).forEach((stage) => {
        if (!stage.childElementCount) mount(stage, spec);
      });
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
    else start();
  };
  lossland.format = format;
})();
