/* Complexity of the spherical spin glass by order H and index k (chapter 4).

   compute() follows lossland.spin_glass.complexity: energies u per spin of a Hamiltonian of variance n, natural
   logarithms, means over the couplings.  With u = -E_inf cosh v the price of an eigenvalue is sinh(2v)/2 - v. */
(function () {
  "use strict";
  const { linspace } = window.lossland.numbers;
  const format = window.lossland.format;

  const threshold = (order) => 2 * Math.sqrt((order - 1) / order);
  const plateau = (order) => 0.5 * Math.log(order - 1) - (order - 2) / order;

  function depthOf(u, order) {
    const excess = Math.max(-u / threshold(order) - 1, 0);
    return Math.log1p(excess + Math.sqrt(excess * (excess + 2)));
  }

  /* sinh(2v)/2 - v, by its power series where the two nearly cancel. */
  function rate(depth) {
    if (depth >= 0.25) return (Math.sinh(2 * depth) - 2 * depth) / 2;
    const x = 2 * depth;
    let [series, term] = [0, x ** 3 / 6];
    for (let k = 2; k < 10; k++) {
      series += term;
      term *= (x * x) / (2 * k * (2 * k + 1));
    }
    return series / 2;
  }

  const byDepth = (depth, order, index) =>
    plateau(order) - ((order - 2) / order) * Math.sinh(depth) ** 2 - (index + 1) * rate(depth);

  const ofIndex = (u, order, index) => byDepth(depthOf(u, order), order, index);

  function ofAll(u, order) {
    if (u <= -threshold(order)) return ofIndex(u, order, 0);
    return 0.5 * Math.log(order - 1) - ((order - 2) / (4 * (order - 1))) * Math.min(u, 0) ** 2;
  }

  /* Energy -E_k at which the complexity of index k vanishes: bisection in the depth v. */
  function criticalEnergy(order, index) {
    const slack = plateau(order);
    let low = 0;
    let high = Math.min(Math.cbrt((1.5 * slack) / (index + 1)), Math.asinh(Math.sqrt(order * slack)));
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      if (byDepth(middle, order, index) > 0) low = middle;
      else high = middle;
    }
    return threshold(order) * Math.cosh((low + high) / 2);
  }

  function compute({ order = 3, index = 0, energy = -1.65 }) {
    return {
      threshold_energy: threshold(order),
      complexity_plateau: plateau(order),
      critical_energy: criticalEnergy(order, index),
      complexity_of_index: ofIndex(energy, order, index),
      complexity: ofAll(energy, order),
    };
  }

  function build(ui) {
    ui.slider("order", { label: "spins in a product H", min: 3, max: 20, step: 1, value: 3 });
    ui.slider("index", { label: "index k", min: 0, max: 60, step: 1, value: 4 });
    ui.slider("place", { label: "place u in the band", min: -0.3, max: 1.3, step: 0.01, value: 0.55, show: (x) => `${Math.round(100 * x)} %` });
    ui.slider("spins", { label: "number of spins n", min: 10, max: 10000, step: 0.05, value: 1000, log: true, show: (n) => format(Math.round(n)) });
    const plot = ui.plot({ label: "Complexity by index", ratio: 0.52, phoneRatio: 0.95 });

    return function draw() {
      const { order, index, place } = ui.values;
      const n = Math.round(ui.values.spins);
      const [lowest, edge] = [-criticalEnergy(order, 0), -threshold(order)];
      const gap = edge - lowest;
      const u = lowest + place * gap;
      const top = plateau(order);
      const found = compute({ order, index, energy: u });
      const [left, right] = [lowest - 0.35 * gap, edge + 0.35 * gap];
      plot.begin({
        x: [left, right], y: [-0.55 * top, 1.18 * top], xlabel: "energy per spin u", ylabel: "complexity Θ",
        title: `H = ${order}: band of width ${format(gap)}`,
        label: `Complexity of order ${order} against energy per spin for indices 0, 1, 2, 10 and ${index}; the curve of index ${index} vanishes at ${format(-found.critical_energy, 5)}.`,
      });
      plot.area([[lowest, -top], [lowest, 2 * top], [edge, 2 * top], [edge, -top]], "sky", 0.13);
      plot.line([[left, 0], [right, 0]], "gray", { width: 1.2 });
      const grid = linspace(left, right, 240);
      for (const k of [0, 1, 2, 10]) {
        plot.line(grid.map((x) => [x, ofIndex(x, order, k)]), "blue", { width: 1.3 });
        plot.mark(-criticalEnergy(order, k), 0, "blue", 3.5);
      }
      plot.line(grid.map((x) => [x, ofAll(x, order)]), "gray", { dash: "5 4", width: 1.5 });
      plot.line(grid.map((x) => [x, ofIndex(x, order, index)]), "orange", { width: 2.8 });
      plot.mark(-found.critical_energy, 0, "orange", 5);
      plot.line([[u, -top], [u, 2 * top]], "black", { dash: "2 4", width: 1.3 });
      plot.mark(u, found.complexity_of_index, "black", 6);
      plot.note("−E_0", lowest, -0.55 * top, { anchor: "end", dx: -5, dy: -8 });
      plot.note("−E_{∞}", edge, -0.55 * top, { dx: 5, dy: -8 });
      ui.legend([
        ["orange", `index ${index}`], ["blue", "indices 0, 1, 2, 10"], ["gray", "all critical points", "dash"], ["sky", "the band", "area"],
      ]);
      const log10 = (n * found.complexity_of_index) / Math.LN10;
      const many = log10 < -0.005 ? `10<sup>${format(log10, 3)}</sup>: none, typically` : `10<sup>${format(Math.max(0, log10), 3)}</sup>`;
      ui.say(
        `At u = ${format(u, 5)}: &Theta;<sub>${index}</sub> = <b>${format(found.complexity_of_index, 4)}</b>; of ${format(n)} spins, the mean number ` +
          `of critical points of index ${index} below it is, to exponential order, e<sup>n&Theta;</sup> = ${many}. &minus;E<sub>${index}</sub> = ${format(-found.critical_energy, 6)}.`
      );
    };
  }

  window.lossland.explorable("spin-glass-complexity", { compute, build });
})();
