/* A shuffled and disturbed weight matrix put back into order: by maximin sorting and by matching (chapter 16).

   compute() follows lossland.symmetry: rows are neurons; assign_units says which row of `weights` is taken for each
   neuron of `reference`; recovery_probability is the Poisson law for sorting (one input) and for matching (all). */
(function () {
  "use strict";
  const { linspace, random, studentTail, bestAssignment } = window.lossland.numbers;
  const format = window.lossland.format;

  function driver(matrix) {
    const spreads = matrix[0].map((_, j) => {
      const column = matrix.map((row) => row[j]);
      return Math.max(...column) - Math.min(...column);
    });
    return spreads.indexOf(Math.max(...spreads));
  }

  /* Order by the weights from the driver, ties by all weights from the first input on. */
  function maximin(matrix) {
    const chosen = driver(matrix);
    const before = (i, j) => {
      if (matrix[i][chosen] !== matrix[j][chosen]) return matrix[i][chosen] - matrix[j][chosen];
      const k = matrix[i].findIndex((value, at) => value !== matrix[j][at]);
      return k < 0 ? 0 : matrix[i][k] - matrix[j][k];
    };
    return matrix.map((_, i) => i).sort(before);
  }

  function assign(reference, weights, method) {
    if (method === "matching") {
      return bestAssignment(reference.map((w) => weights.map((v) => w.reduce((sum, x, k) => sum + x * v[k], 0))));
    }
    const [ours, theirs] = [maximin(reference), maximin(weights)];
    const assigned = new Array(ours.length);
    ours.forEach((unit, place) => (assigned[unit] = theirs[place]));
    return assigned;
  }

  function probability(disturbance, n, inputs) {
    const pair = disturbance > 0 ? studentTail(Math.sqrt(inputs) / disturbance, inputs) : 0;
    return Math.exp(((-n * (n - 1)) / 2) * pair);
  }

  function compute({ reference, weights, disturbance = 0 }) {
    const [n, m] = [reference.length, reference[0].length];
    return {
      maximin: assign(reference, weights, "maximin"),
      matching: assign(reference, weights, "matching"),
      driver: driver(reference),
      sorting_probability: probability(disturbance, n, 1),
      matching_probability: probability(disturbance, n, m),
    };
  }

  function build(ui) {
    ui.slider("n", { label: "neurons n", min: 4, max: 40, step: 1, value: 16 });
    ui.slider("m", { label: "inputs m", min: 1, max: 40, step: 1, value: 16 });
    ui.slider("delta", { label: "disturbance &delta;", min: 1e-4, max: 10, step: 0.05, value: 0.1, log: true });
    let seed = 16;
    ui.resets.push(() => (seed = 16));
    ui.button("New layer", () => (seed += 1));
    const titles = ["layer", "shuffled, disturbed", "by maximin", "by matching"];
    ui.row("8.2rem");
    const panels = titles.map((title) => ui.plot({ label: title, ratio: 1.12, canvas: true }));
    ui.row();
    const curves = ui.plot({ label: "How often all neurons are found", ratio: 0.36, phoneRatio: 0.75 });

    /* Weights as colors: blue below zero, the ground at zero, orange above, full at two standard deviations. */
    function paint(plot, rows, scale) {
      const context = plot.canvas.getContext("2d");
      const [low, zero, high] = ["blue", "ground", "orange"].map((name) => ui.color(name));
      const [height, width] = [rows.length, rows[0].length];
      const [dx, dy] = [plot.canvas.width / width, plot.canvas.height / height];
      context.clearRect(0, 0, plot.canvas.width, plot.canvas.height);
      rows.forEach((row, i) =>
        row.forEach((value, j) => {
          const part = Math.max(-1, Math.min(1, value / (2 * scale)));
          const end = part < 0 ? low : high;
          const color = zero.map((from, k) => Math.round(from + Math.abs(part) * (end[k] - from)));
          context.fillStyle = `rgb(${color})`;
          const [left, top] = [Math.floor(j * dx), Math.floor(i * dy)];
          context.fillRect(left, top, Math.ceil((j + 1) * dx) - left, Math.ceil((i + 1) * dy) - top);
        })
      );
    }

    function drawMatrix(k, rows, right, scale, label) {
      const [n, m] = [rows.length, rows[0].length];
      const plot = panels[k];
      const count = right ? right.filter(Boolean).length : 0;
      plot.begin({ x: [0, m], y: [n, 0], title: titles[k], xlabel: right ? `${count} of ${n} in place` : `${n} × ${m}`, axes: false, label });
      paint(plot, rows, scale);
      if (!right) return;
      right.forEach((fits, i) => {
        if (!fits) plot.line([[0, i + 0.5], [m, i + 0.5]], "black", { width: Math.max(1, Math.min(2.5, 60 / n)) });
      });
    }

    return function draw() {
      const { n, m, delta } = ui.values;
      const { normals, permutation } = random(seed);
      let layer = Array.from({ length: n }, () => normals(m));
      layer = maximin(layer).map((i) => layer[i]);
      const shuffle = permutation(n);
      const noise = Array.from({ length: n }, () => normals(m));
      const disturbed = shuffle.map((i, row) => layer[i].map((x, k) => x + delta * noise[row][k]));
      const found = compute({ reference: layer, weights: disturbed, disturbance: delta });
      const scale = Math.sqrt(1 + delta * delta);
      const placed = ["maximin", "matching"].map((method) => found[method].map((row, i) => shuffle[row] === i));
      const counts = placed.map((right) => right.filter(Boolean).length);
      drawMatrix(0, layer, null, 1, `Weights of a layer of ${n} neurons with ${m} inputs, sorted by the driver.`);
      drawMatrix(1, disturbed, null, scale, `The same rows shuffled, each weight disturbed by ${format(delta)}.`);
      ["maximin", "matching"].forEach((method, k) => {
        const rows = found[method].map((row) => disturbed[row]);
        drawMatrix(2 + k, rows, placed[k], scale, `Reordered by ${method}: ${counts[k]} of ${n} rows in place; wrong ones are struck through.`);
      });
      curves.begin({ x: [1e-4, 10], y: [0, 1.05], xlog: true, xlabel: "disturbance δ", ylabel: "all in place", title: "chance that every neuron is found", label: `Chance that all neurons are found against the disturbance. At ${format(delta)}: sorting ${format(found.sorting_probability)}, matching ${format(found.matching_probability)}.` });
      const grid = linspace(-4, 1, 160).map((x) => 10 ** x);
      curves.line(grid.map((x) => [x, probability(x, n, 1)]), "orange", { width: 2.4 });
      curves.line(grid.map((x) => [x, probability(x, n, m)]), "blue", { width: 2.4, dash: m === 1 ? "7 5" : "" });
      curves.line([[delta, 0], [delta, 2]], "black", { dash: "2 4", width: 1.3 });
      curves.mark(delta, found.sorting_probability, "orange", 6);
      curves.mark(delta, found.matching_probability, "blue", 6);
      ui.legend([["orange", "sorting by one input (maximin)"], ["blue", "matching by all inputs"], ["black", "struck through: not its place"]]);
      ui.say(
        `Here maximin puts <b>${counts[0]} of ${n}</b> neurons in place, matching <b>${counts[1]}</b>. Chance that all are: ` +
          `${format(found.sorting_probability)} by sorting, ${format(found.matching_probability)} by matching.`
      );
    };
  }

  window.lossland.explorable("neuron-order", { compute, build });
})();
