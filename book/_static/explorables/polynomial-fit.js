/* A polynomial through noisy samples: degree, nodes, noise (chapter 19).

   compute() follows lossland.remedies: Legendre polynomials, orthonormal for the uniform law on [-1, 1]; samples with
   the weights of sample_nodes; weighted least squares; gram_condition, the condition of the sampled Gram matrix.  Gauss
   nodes are the roots of the polynomial of degree M by Newton's method.  Least squares goes by the singular values of
   the weighted table of polynomials (one-sided rotations of Jacobi); there is no answer for fewer points than terms. */
(function () {
  "use strict";
  const { linspace, random } = window.lossland.numbers;
  const format = window.lossland.format;

  const FUNCTIONS = {
    runge: ["Runge's 1/(1 + 25x²)", (x) => 1 / (1 + 25 * x * x)],
    sine: ["sin 10x", (x) => Math.sin(10 * x)],
    kink: ["kink |x|", (x) => Math.abs(x)],
    step: ["step", (x) => Math.sign(x)],
  };
  const SCHEMES = [
    ["gauss", "Gauss nodes"], ["equidistant", "equidistant"], ["uniform", "random, uniform"], ["arcsine", "random, arcsine"],
  ];

  /* phi_0(x) ... phi_N(x) by the recurrence b_{n+1} phi_{n+1} = x phi_n - b_n phi_{n-1}, b_n = n / sqrt(4 n^2 - 1). */
  function basis(x, degree) {
    const values = [1];
    for (let n = 1; n <= degree; n++) {
      const b = n / Math.sqrt(4 * n * n - 1);
      const before = n > 1 ? ((n - 1) / Math.sqrt(4 * (n - 1) ** 2 - 1)) * values[n - 2] : 0;
      values.push((x * values[n - 1] - before) / b);
    }
    return values;
  }

  function gaussNodes(M) {
    const points = [];
    const weights = [];
    for (let k = 0; k < M; k++) {
      let x = Math.cos((Math.PI * (M - k - 0.25)) / (M + 0.5));
      for (let step = 0; step < 20; step++) {
        let [p, before] = [x, 1];
        for (let n = 2; n <= M; n++) [p, before] = [((2 * n - 1) * x * p - (n - 1) * before) / n, p];
        const move = (p * (x * x - 1)) / (M * (x * p - before));
        x -= move;
        if (Math.abs(move) < 1e-15) break;
      }
      points.push(x);
      weights.push(1 / basis(x, M - 1).reduce((sum, value) => sum + value * value, 0));
    }
    return { points, weights };
  }

  function samples(scheme, M, uniform) {
    if (scheme === "gauss") return gaussNodes(M);
    if (scheme === "equidistant") return { points: M > 1 ? linspace(-1, 1, M) : [-1], weights: new Array(M).fill(1 / M) };
    const spread = Array.from({ length: M }, uniform);
    if (scheme === "uniform") return { points: spread.map((u) => 2 * u - 1), weights: new Array(M).fill(1 / M) };
    const points = spread.map((u) => Math.cos(Math.PI * u));
    return { points, weights: points.map((x) => ((Math.PI / 2) * Math.sqrt(1 - x * x)) / M) };
  }

  /* Singular values of a matrix given by its columns, which are rotated until they are orthogonal; and the rotation. */
  function singular(columns) {
    const n = columns.length;
    const turned = columns.map((column) => Float64Array.from(column));
    const V = columns.map((_, i) => Float64Array.from({ length: n }, (_, j) => +(i === j)));
    const dot = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
    for (let sweep = 0; sweep < 40; sweep++) {
      let rotated = false;
      for (let p = 0; p < n; p++) {
        for (let q = p + 1; q < n; q++) {
          const [alpha, beta, gamma] = [dot(turned[p], turned[p]), dot(turned[q], turned[q]), dot(turned[p], turned[q])];
          if (Math.abs(gamma) <= 1e-15 * Math.sqrt(alpha * beta)) continue;
          rotated = true;
          const zeta = (beta - alpha) / (2 * gamma);
          const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
          const c = 1 / Math.hypot(1, t);
          for (const pair of [[turned[p], turned[q]], [V[p], V[q]]]) {
            for (let k = 0; k < pair[0].length; k++) {
              const [a, b] = [pair[0][k], pair[1][k]];
              pair[0][k] = c * a - c * t * b;
              pair[1][k] = c * t * a + c * b;
            }
          }
        }
      }
      if (!rotated) break;
    }
    return { turned, V, sizes: turned.map((column) => Math.sqrt(dot(column, column))) };
  }

  /* Coefficients of the weighted least-squares fit, and the condition of the sampled Gram matrix. */
  function compute({ degree, points, weights, values }) {
    if (points.length <= degree) return { coefficients: null, condition: Infinity };
    const roots = weights.map(Math.sqrt);
    const table = points.map((x) => basis(x, degree));
    const columns = Array.from({ length: degree + 1 }, (_, n) => table.map((row, i) => row[n] * roots[i]));
    const { turned, V, sizes } = singular(columns);
    const [most, least] = [Math.max(...sizes), Math.min(...sizes)];
    const coefficients = new Array(degree + 1).fill(0);
    turned.forEach((column, k) => {
      if (sizes[k] <= 1e-13 * most) return;
      const part = column.reduce((sum, value, i) => sum + value * roots[i] * values[i], 0) / sizes[k] ** 2;
      for (let n = 0; n <= degree; n++) coefficients[n] += part * V[k][n];
    });
    return { coefficients, condition: least > 0 ? (most / least) ** 2 : Infinity };
  }

  const evaluate = (coefficients, x) => basis(x, coefficients.length - 1).reduce((sum, value, n) => sum + value * coefficients[n], 0);

  function build(ui) {
    ui.choice("f", { label: "function", options: Object.entries(FUNCTIONS).map(([k, [text]]) => [k, text]), value: "runge" });
    ui.choice("scheme", { label: "nodes", options: SCHEMES, value: "equidistant" });
    ui.slider("degree", { label: "degree N", min: 0, max: 40, step: 1, value: 16 });
    ui.slider("M", { label: "number of nodes M", min: 2, max: 160, step: 1, value: 21 });
    ui.slider("noise", { label: "noise", min: 0, max: 0.5, step: 0.01, value: 0 });
    let seed = 19;
    ui.resets.push(() => (seed = 19));
    ui.button("New noise", () => (seed += 1));
    const fit = ui.plot({ label: "Fit", ratio: 0.62, phoneRatio: 0.9 });
    const sizes = ui.plot({ label: "Coefficients", ratio: 0.62, phoneRatio: 0.9 });
    const fine = linspace(-1, 1, 401);

    return function draw() {
      const { f, scheme, degree, M, noise } = ui.values;
      const [title, target] = FUNCTIONS[f];
      const { uniform } = random(seed);
      const { normal } = random(seed + 1000);
      const { points, weights } = samples(scheme, M, uniform);
      const values = points.map((x) => target(x) + noise * normal());
      const found = compute({ degree, points, weights, values });
      const curve = found.coefficients && fine.map((x) => [x, evaluate(found.coefficients, x)]);
      const error = curve ? Math.sqrt(curve.reduce((sum, [x, y]) => sum + (y - target(x)) ** 2, 0) / fine.length) : NaN;
      const low = f === "runge" || f === "kink" ? -0.6 : -1.8;
      fit.begin({ x: [-1, 1], y: [low, f === "runge" || f === "kink" ? 1.6 : 1.8], xlabel: "x", title, label: `${title}, ${M} samples, and the polynomial of degree ${degree} of least squares: error ${format(error)}.` });
      fit.line(fine.map((x) => [x, target(x)]), "gray", { width: 2, dash: "6 4" });
      if (curve) fit.line(curve, "blue", { width: 2.4 });
      fit.dots(points.map((x, i) => [x, values[i]]), "orange", { radius: 2.8 });

      const exact = gaussNodes(160);
      const truth = Array.from({ length: 41 }, (_, n) => exact.points.reduce((sum, x, i) => sum + exact.weights[i] * target(x) * basis(x, n)[n], 0));
      const shown = (list) => list.map((value, n) => [n, Math.max(1e-9, Math.abs(value))]).filter(([, value]) => value > 1.1e-9);
      sizes.begin({ x: [-0.8, 40.8], y: [1e-8, 1e3], ylog: true, xlabel: "degree n", ylabel: "|coefficient|", title: "coefficients", label: `Sizes of the coefficients of the fit and of the function, degree by degree, on a logarithmic axis.` });
      sizes.dots(shown(truth), "gray", { radius: 3.4 });
      if (curve) sizes.dots(shown(found.coefficients), "blue", { radius: 2.2 });
      ui.legend([["gray", "function, and its coefficients", "dash"], ["blue", "fit of degree N"], ["orange", "samples", "dot"]]);
      ui.say(
        curve
          ? `Root mean square error <b>${format(error)}</b>; condition of the sampled Gram matrix <b>${format(found.condition)}</b>.`
          : `${M} samples cannot decide ${degree + 1} coefficients: take more nodes, or a lower degree.`
      );
    };
  }

  window.lossland.explorable("polynomial-fit", { compute, samples, build });
})();
