/* Spacing of permuted optima: w neurons as points in D dimensions, disturbed and assigned back (chapter 17).

   compute() follows lossland.symmetry: cell_spacing, points_for_spacing (its decimal logarithm) and swap_share of
   standard normal points, the expected number of exchanges of a point, with Student's t of D degrees of freedom. */
(function () {
  "use strict";
  const { linspace, random, logGamma, studentTail, bestAssignment } = window.lossland.numbers;
  const format = window.lossland.format;

  const spacing = (w, D) => Math.exp(-logGamma(w + 1) / (w * D));

  function log10Points(wanted, D) {
    const goal = -Math.log(wanted) * D;
    let [low, high] = [1e-9, goal + 2];
    for (let k = 0; k < 100; k++) {
      const middle = (low + high) / 2;
      const w = Math.exp(middle);
      if (logGamma(w + 1) / w > goal) high = middle;
      else low = middle;
    }
    return (low + high) / 2 / Math.LN10;
  }

  const share = (w, D, sigma) => (sigma > 0 ? (w - 1) * studentTail(Math.sqrt(D) / sigma, D) : 0);

  function compute({ n_points, dimension, disturbance }) {
    return {
      cell_spacing: spacing(n_points, dimension),
      log10_points_for_half: log10Points(0.5, dimension),
      swap_share: share(n_points, dimension, disturbance),
    };
  }

  /* A cloud, its disturbance, and who is who by the best assignment. */
  function experiment(w, D, sigma, seed) {
    const { normals } = random(seed);
    const points = Array.from({ length: w }, () => normals(D));
    const noise = Array.from({ length: w }, () => normals(D));
    const moved = points.map((p, i) => p.map((x, k) => x + sigma * noise[i][k]));
    const dot = (a, b) => a.reduce((sum, x, k) => sum + x * b[k], 0);
    const names = bestAssignment(moved.map((v) => points.map((p) => dot(v, p))));
    const nearest = points.map((p, i) =>
      Math.sqrt(points.reduce((least, other, j) => {
        if (i === j) return least;
        let sum = 0;
        for (let k = 0; k < D && sum < least; k++) sum += (p[k] - other[k]) ** 2;
        return Math.min(least, sum);
      }, Infinity))
    );
    return { points, moved, names, nearest };
  }

  function build(ui) {
    ui.slider("w", { label: "neurons w", stops: [2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200], value: 50 });
    ui.slider("D", { label: "dimensions D", stops: [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200], value: 2 });
    ui.slider("sigma", { label: "disturbance &sigma;", min: 0.01, max: 10 ** 0.5, step: 0.05, value: 0.2, log: true });
    let seed = 17;
    ui.resets.push(() => (seed = 17));
    ui.button("New cloud", () => (seed += 1));
    const cloud = ui.plot({ label: "Two coordinates of the cloud", square: true });
    const gaps = ui.plot({ label: "Gaps to the nearest neighbor", ratio: 0.9 });
    const law = ui.plot({ label: "Share that changes places", ratio: 0.9 });

    return function draw() {
      const { w, D, sigma } = ui.values;
      const { points, moved, names, nearest } = experiment(w, D, sigma, seed);
      const lost = names.filter((name, i) => name !== i).length;
      const found = compute({ n_points: w, dimension: D, disturbance: sigma });
      const at = (p) => [p[0], D > 1 ? p[1] : 0];
      const title = D > 2 ? `2 of ${D} coordinates` : D > 1 ? "2 coordinates" : "1 coordinate";
      cloud.begin({ x: [-3.4, 3.4], y: [-3.4, 3.4], xlabel: "first coordinate", ylabel: D > 1 ? "second coordinate" : "", title, label: `${w} points in ${D} dimensions, ${title}; ${lost} are mistaken for others after the disturbance.` });
      const threads = (chosen) => chosen.flatMap((i) => [at(points[i]), at(moved[i]), [NaN, NaN]]);
      const all = points.map((_, i) => i);
      cloud.line(threads(all.filter((i) => names[i] === i)), "blue", { width: 1 });
      cloud.line(threads(all.filter((i) => names[i] !== i)), "orange", { width: 1.6 });
      cloud.dots(points.map(at), "gray", { radius: 2 });
      cloud.dots(moved.filter((_, i) => names[i] === i).map(at), "blue", { radius: 2.8 });
      cloud.dots(moved.filter((_, i) => names[i] !== i).map(at), "orange", { radius: 3.6 });

      const margins = nearest.map((r) => r / (Math.SQRT2 * sigma));
      const top = Math.max(6, ...margins) * 1.08;
      const bins = 24;
      const counts = new Array(bins).fill(0);
      for (const z of margins) counts[Math.min(bins - 1, Math.floor((z / top) * bins))] += 1;
      gaps.begin({ x: [0, top], y: [0, Math.max(...counts) * 1.12], xlabel: "gap over width, r / (√2 σ)", ylabel: "neurons", title: "nearest neighbors", label: `Histogram of the distance to the nearest neighbor in units of the disturbance along that line: from ${format(Math.min(...margins))} to ${format(Math.max(...margins))}.` });
      gaps.area([[0, 0], [0, 1e4], [2, 1e4], [2, 0]], "orange", 0.18);
      counts.forEach((count, k) => {
        const [left, right] = [(top * k) / bins, (top * (k + 1)) / bins];
        if (count) gaps.area([[left, 0], [left, count], [right, count], [right, 0]], "blue", 0.75);
      });

      const dimensions = linspace(0, Math.log10(200), 60).map((x) => 10 ** x);
      law.begin({ x: [1, 200], y: [1e-12, 300], xlog: true, ylog: true, xlabel: "dimensions D", ylabel: "exchanges", title: "leading order", label: `Expected exchanges of a neuron against dimension for ${w} points and disturbance ${format(sigma)}; at ${D} dimensions ${format(found.swap_share)}.` });
      law.line([[1, 1], [200, 1]], "gray", { dash: "4 4", width: 1.2 });
      law.line(dimensions.map((d) => [d, share(w, d, sigma)]), "blue", { width: 2.4 });
      law.line(dimensions.map((d) => [d, spacing(w, d)]), "green", { width: 1.8, dash: "7 4" });
      law.mark(D, found.swap_share, "black", 6);
      if (lost) law.mark(D, lost / w, "orange", 5);
      ui.legend([
        ["gray", "neurons", "dot"], ["blue", "disturbed, recognized", "dot"], ["orange", "mistaken for another", "dot"],
        ["orange", "less than two widths", "area"], ["blue", "exchanges, leading order"], ["green", "spacing (w!)<sup>&minus;1/(wD)</sup>", "dash"],
      ]);
      const log10 = found.log10_points_for_half;
      const half = log10 < 5 ? format(10 ** log10) : `10<sup>${format(log10)}</sup>`;
      ui.say(
        `<b>${lost} of ${w}</b> neurons are mistaken here; to leading order each takes part in ${format(found.swap_share)} exchanges. ` +
          `Spacing ${format(found.cell_spacing)}; a spacing of &frac12; takes ${half} neurons.`
      );
    };
  }

  window.lossland.explorable("optima-spacing", { compute, build });
})();
