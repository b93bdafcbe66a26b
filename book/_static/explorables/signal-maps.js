/* Length map, correlation map and phase of a wide random network (chapters 10 and 11).

   compute() follows lossland.signal_propagation: lengths are mean squares of pre-activations, weight_std is the
   standard deviation of the weights times the root of the fan-in, bias_std that of the biases.  ReLU and erf are in
   closed form; for tanh the Gaussian expectations are trapezoidal sums on [-9, 9], in two variables along the
   diagonals, u = sqrt(q) (sqrt((1 + c)/2) x +- sqrt((1 - c)/2) y), where tanh(a + b) tanh(a - b) needs two tanh only. */
(function () {
  "use strict";
  const { linspace } = window.lossland.numbers;
  const format = window.lossland.format;
  const HALF = 96;
  const NODES = linspace(-9, 9, 2 * HALF + 1);
  const WEIGHTS = NODES.map((s) => (Math.exp(-0.5 * s * s) / Math.sqrt(2 * Math.PI)) * (9 / HALF));
  const mean = (f) => NODES.reduce((sum, s, i) => sum + WEIGHTS[i] * f(s), 0);

  function product(a, b, ta, tb) {
    const shared = ta * ta * tb * tb;
    if (1 - shared < 1e-6) return Math.tanh(a + b) * Math.tanh(a - b);
    return (ta * ta - tb * tb) / (1 - shared);
  }

  function slopes(a, b) {
    return (1 - Math.tanh(a + b) ** 2) * (1 - Math.tanh(a - b) ** 2);
  }

  /* Mean over both variables of a function of a = sum part and b = difference part that is even in each. */
  function pairMean(c, q, f, needsTanh) {
    const [wide, narrow] = [Math.sqrt((q * (1 + c)) / 2), Math.sqrt((q * (1 - c)) / 2)];
    const half = NODES.slice(HALF);
    const along = half.map((s) => Math.tanh(wide * s));
    const across = half.map((s) => Math.tanh(narrow * s));
    let total = 0;
    for (let i = 0; i <= HALF; i++) {
      let row = 0;
      for (let j = 0; j <= HALF; j++) {
        const weight = (j ? 2 : 1) * WEIGHTS[HALF + j];
        row += weight * (needsTanh ? f(wide * half[i], narrow * half[j], along[i], across[j]) : f(wide * half[i], narrow * half[j]));
      }
      total += (i ? 2 : 1) * WEIGHTS[HALF + i] * row;
    }
    return total;
  }

  const ACTIVATIONS = {
    tanh: {
      square: (q) => mean((s) => Math.tanh(Math.sqrt(q) * s) ** 2),
      squareSlope: (q) =>
        mean((s) => {
          const t = Math.tanh(Math.sqrt(q) * s);
          return (1 - t * t) ** 2 - 2 * t * t * (1 - t * t);
        }),
      slopeSquare: (q) => mean((s) => (1 - Math.tanh(Math.sqrt(q) * s) ** 2) ** 2),
      covariance: (c, q) => pairMean(c, q, product, true),
      slopeCovariance: (c, q) => pairMean(c, q, slopes, false),
    },
    relu: {
      square: (q) => q / 2,
      squareSlope: () => 0.5,
      slopeSquare: () => 0.5,
      covariance: (c, q) => (q * (Math.sqrt(1 - c * c) + c * (Math.PI - Math.acos(c)))) / (2 * Math.PI),
      slopeCovariance: (c) => (Math.PI - Math.acos(c)) / (2 * Math.PI),
    },
    erf: {
      square: (q) => (2 / Math.PI) * Math.asin((2 * q) / (1 + 2 * q)),
      squareSlope: (q) => 4 / Math.PI / ((1 + 2 * q) * Math.sqrt(1 + 4 * q)),
      slopeSquare: (q) => 4 / Math.PI / Math.sqrt(1 + 4 * q),
      covariance: (c, q) => (2 / Math.PI) * Math.asin((2 * c * q) / (1 + 2 * q)),
      slopeCovariance: (c, q) => 4 / Math.PI / Math.sqrt(1 + 4 * q + 4 * q * q * (1 - c * c)),
    },
  };

  const lengthMap = (q, w, b, f) => w * w * f.square(q) + b * b;

  /* Stable fixed point of the length map: 0, the positive root, or infinity for a ReLU beyond its line. */
  function fixedLength(w, b, name) {
    const f = ACTIVATIONS[name];
    if (name === "relu") {
      if (w * w < 2) return (b * b) / (1 - (w * w) / 2);
      return w * w === 2 && b === 0 ? 1 : Infinity;
    }
    if (b === 0 && w * w * f.slopeSquare(0) <= 1) return 0;
    let [low, high] = [Math.log(1e-14), Math.log(w * w + b * b + 1)];
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      const q = Math.exp(middle);
      if (lengthMap(q, w, b, f) > q) low = middle;
      else high = middle;
    }
    return Math.exp((low + high) / 2);
  }

  const correlationMap = (c, q, w, b, f) => (w * w * f.covariance(c, q) + b * b) / q;

  /* Correlation that signals tend to: Newton steps from 0 on the convex map, monotone; 1 in the ordered phase. */
  function fixedCorrelation(q, w, b, f, chi1) {
    if (!(chi1 > 1 + 1e-13) || !(q > 0)) return 1;
    let c = 0;
    for (let k = 0; k < 100; k++) {
      const slope = w * w * f.slopeCovariance(c, q);
      if (slope >= 1) break;
      const step = (correlationMap(c, q, w, b, f) - c) / (1 - slope);
      c = Math.min(1, c + step);
      if (Math.abs(step) < 1e-13) break;
    }
    return c;
  }

  function depthScale(slope) {
    if (slope === 0) return 0;
    return Math.abs(slope - 1) < 1e-14 ? Infinity : -1 / Math.log(Math.abs(slope));
  }

  /* All numbers of the figure. q and c are where the maps are evaluated; the correlation map is taken at q_star. */
  function compute({ activation = "tanh", weight_std = 1.5, bias_std = Math.sqrt(0.05), q = 1, c = 0.5 }) {
    const [f, w, b] = [ACTIVATIONS[activation], weight_std, bias_std];
    const q_star = fixedLength(w, b, activation);
    const known = Number.isFinite(q_star);
    const chi1 = known ? w * w * f.slopeSquare(q_star) : NaN;
    const c_star = known ? fixedCorrelation(q_star, w, b, f, chi1) : NaN;
    const slope = c_star === 1 ? chi1 : w * w * f.slopeCovariance(c_star, q_star);
    return {
      length_map: lengthMap(q, w, b, f),
      correlation_map: known && q_star > 0 ? correlationMap(c, q_star, w, b, f) : NaN,
      q_star,
      chi1,
      c_star,
      xi_q: known ? depthScale(w * w * f.squareSlope(q_star)) : NaN,
      xi_c: known ? depthScale(slope) : NaN,
      phase: !known ? "none" : Math.abs(chi1 - 1) <= 1e-9 ? "critical" : chi1 > 1 ? "chaotic" : "ordered",
    };
  }

  /* The critical line: both coordinates are explicit, given the length. */
  function criticalLine(name) {
    if (name === "relu") return [[Math.SQRT2, 0], [Math.SQRT2, 1]];
    const f = ACTIVATIONS[name];
    return linspace(0, 3.2, 60).map((q) => {
      const variance = 1 / f.slopeSquare(q);
      return [Math.sqrt(variance), Math.sqrt(Math.max(0, q - variance * f.square(q)))];
    });
  }

  function cobweb(start, map, n) {
    const points = [[start, start]];
    for (let k = 0; k < n; k++) {
      const from = points[points.length - 1][0];
      const to = map(from);
      points.push([from, to], [to, to]);
    }
    return points;
  }

  function build(ui) {
    ui.choice("activation", { label: "activation", options: [["tanh", "tanh"], ["erf", "erf"], ["relu", "ReLU"]], value: "tanh" });
    ui.slider("w", { label: "weights &alpha;<sub>w</sub>", min: 0.5, max: 3, step: 0.05, value: 1.5 });
    ui.slider("b", { label: "biases &alpha;<sub>h</sub>", min: 0, max: 1, step: 0.01, value: 0.22 });
    ui.slider("q1", { label: "start q<sub>1</sub>", min: 0.05, max: 5, step: 0.05, value: 4 });
    ui.slider("c1", { label: "start c<sub>1</sub>", min: -0.95, max: 0.99, step: 0.01, value: 0.9 });
    const lengths = ui.plot({ label: "Length map", ratio: 0.95 });
    const correlations = ui.plot({ label: "Correlation map", ratio: 0.95 });
    const phases = ui.plot({ label: "Phase diagram", ratio: 0.95 });

    function drawLengths(v, f, found) {
      const title = `lengths settle at ${format(found.q_star)}`;
      const end = Number.isFinite(found.q_star) ? Math.min(20, Math.max(5, Math.ceil(1.25 * found.q_star))) : 5;
      lengths.begin({ x: [0, end], y: [0, end], xlabel: "q_{k−1}", ylabel: "q_k", title, label: `Length map with cobweb from ${v.q1}: ${title}.` });
      const map = (q) => lengthMap(q, v.w, v.b, f);
      lengths.line([[0, 0], [end, end]], "gray", { dash: "4 4", width: 1.2 });
      lengths.line(linspace(0, end, 61).map((q) => [q, map(q)]), "blue", { width: 2.4 });
      lengths.line(cobweb(v.q1, map, 12), "orange", { width: 1.3 });
      lengths.mark(found.q_star, found.q_star, "black");
    }

    function drawCorrelations(v, f, found) {
      const empty = !(found.q_star > 0) || !Number.isFinite(found.q_star);
      const title = empty ? "no length left to compare" : `correlations end at ${format(found.c_star)}`;
      const range = [-1, 1];
      correlations.begin({ x: range, y: range, xlabel: "c_{k−1}", ylabel: "c_k", title, label: `Correlation map with cobweb from ${v.c1}: ${title}.` });
      correlations.line([[-1, -1], [1, 1]], "gray", { dash: "4 4", width: 1.2 });
      if (empty) return;
      const map = (c) => correlationMap(Math.min(1, c), found.q_star, v.w, v.b, f);
      correlations.line(linspace(-1, 1, 61).map((c) => [c, map(c)]), "blue", { width: 2.4 });
      correlations.line(cobweb(v.c1, map, 30), "orange", { width: 1.3 });
      correlations.mark(found.c_star, found.c_star, "black");
    }

    function drawPhases(v, found) {
      const title = found.phase === "none" ? "no fixed point" : `${found.phase}: χ₁ = ${format(found.chi1)}`;
      phases.begin({ x: [0.5, 3], y: [0, 1], xlabel: "weights α_w", ylabel: "biases α_h", title, label: `Phase diagram of ${v.activation}, the network is at ${v.w}, ${v.b}: ${title}.` });
      const line = criticalLine(v.activation);
      phases.area([[0, 0], ...line, [0, 1.4]], "blue", 0.16);
      phases.area([[4, 0], ...line, [4, 1.4]], "orange", 0.16);
      phases.line(line, "black", { width: 2 });
      phases.note("ordered", 0.6, 0.9, { halo: false });
      phases.note(v.activation === "relu" ? "no fixed point" : "chaotic", 2.94, 0.12, { anchor: "end", halo: false });
      phases.mark(v.w, v.b, "black", 6.5);
    }

    return function draw() {
      const v = ui.values;
      const f = ACTIVATIONS[v.activation];
      const found = compute({ activation: v.activation, weight_std: v.w, bias_std: v.b });
      drawLengths(v, f, found);
      drawCorrelations(v, f, found);
      drawPhases(v, found);
      ui.legend([["blue", "map"], ["gray", "diagonal", "dash"], ["orange", "cobweb of one network"], ["black", "where it ends", "dot"]]);
      ui.say(
        found.phase === "none"
          ? "Lengths grow without bound: <b>no fixed point</b>, no phase."
          : `<b>${found.phase}</b>: q<sub>*</sub> = ${format(found.q_star)}, &chi;<sub>1</sub> = ${format(found.chi1, 4)}, ` +
              `c<sub>*</sub> = ${format(found.c_star)}; lengths are remembered for &xi;<sub>q</sub> = ${format(found.xi_q)} layers, ` +
              `correlations for &xi;<sub>c</sub> = ${format(found.xi_c)}.`
      );
    };
  }

  window.lossland.explorable("signal-maps", { compute, build });
})();
