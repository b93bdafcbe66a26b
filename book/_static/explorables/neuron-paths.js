/* A cloud of neurons on its way from one network to another: segment, arc, arc around the mean (chapter 7).

   compute() follows lossland.connectivity: linear_path, arc_path (mean is its center) and path_moments, the factors
   of mean, covariance and excess kurtosis of the law of independent neurons. */
(function () {
  "use strict";
  const { linspace, random } = window.lossland.numbers;
  const format = window.lossland.format;
  const N = 400;
  const KINDS = { segment: ["straight segment", "orange"], arc: ["arc", "blue"], "centered arc": ["arc around the mean", "green"] };

  function weights(kind, t) {
    if (kind === "segment") return [1 - t, t];
    return [Math.sin((Math.PI * (1 - t)) / 2), Math.sin((Math.PI * t) / 2)];
  }

  function compute({ kind, t, a = [], b = [], mean = [] }) {
    const [alpha, beta] = weights(kind, t);
    const squares = alpha * alpha + beta * beta;
    const around = kind === "centered arc" ? 1 - alpha - beta : 0;
    return {
      point: a.map((value, k) => alpha * value + beta * b[k] + around * (mean[k] || 0)),
      mean: kind === "centered arc" ? 1 : alpha + beta,
      covariance: squares,
      excess_kurtosis: (alpha ** 4 + beta ** 4) / squares ** 2,
    };
  }

  /* Standardized neurons (mean 0, variance 1 in each coordinate) of a law, from a seed. */
  function sample(law, seed) {
    const { normal, uniform } = random(seed);
    const laplace = () => {
      const u = uniform() - 0.5;
      return (-Math.sign(u) * Math.log(1 - 2 * Math.abs(u))) / Math.SQRT2;
    };
    const one = law === "Laplace" ? laplace : normal;
    return Array.from({ length: N }, () => [one(), one()]);
  }

  function variance(points) {
    const center = [0, 1].map((k) => points.reduce((sum, p) => sum + p[k], 0) / N);
    return points.reduce((sum, p) => sum + (p[0] - center[0]) ** 2 + (p[1] - center[1]) ** 2, 0) / (2 * N);
  }

  function build(ui) {
    ui.choice("kind", { label: "path", options: Object.entries(KINDS).map(([k, [text]]) => [k, text]), value: "segment" });
    ui.choice("law", { label: "law of the neurons", options: [["normal", "normal"], ["Laplace", "Laplace"]], value: "normal" });
    const time = ui.slider("t", { label: "position t", min: 0, max: 1, step: 0.01, value: 0.5 });
    ui.slider("offset", { label: "mean", min: 0, max: 2, step: 0.1, value: 0 });
    let playing = 0;
    const play = ui.button("Play", () => {
      playing = playing ? 0 : performance.now();
      if (playing && ui.still) {
        playing = 0;
        time.set(1);
      } else if (playing) {
        requestAnimationFrame(frame);
      }
      play.textContent = playing ? "Stop" : "Play";
    });
    function frame(now) {
      if (!playing) return;
      const part = Math.min(1, Math.max(0, (now - playing) / 4000));
      time.set(part);
      if (part === 1) {
        playing = 0;
        play.textContent = "Play";
      }
      ui.redraw();
      if (playing) requestAnimationFrame(frame);
    }
    const cloud = ui.plot({ label: "Cloud of neurons", square: true });
    const squeeze = ui.plot({ label: "Covariance on the way", ratio: 0.86 });
    const drift = ui.plot({ label: "Mean on the way", ratio: 0.86 });
    const samples = {};

    function lines(plot, part, t, kind, title, range) {
      plot.begin({ x: [0, 1], y: range, xlabel: "position t", ylabel: "factor", title, label: `Factor of the ${title} along the paths; on the ${KINDS[kind][0]} at ${format(t)} it is ${format(compute({ kind, t })[part])}.` });
      for (const [name, [, color]] of Object.entries(KINDS)) {
        const curve = linspace(0, 1, 101).map((s) => [s, compute({ kind: name, t: s })[part]]);
        plot.line(curve, color, { width: name === kind ? 3 : 1.4, dash: name === "centered arc" ? "7 4" : "" });
      }
      plot.mark(t, compute({ kind, t })[part], "black", 6);
    }

    return function draw() {
      const { kind, t, offset, law } = ui.values;
      const [first, second] = (samples[law] = samples[law] || [sample(law, 13), sample(law, 14)]);
      const center = [offset, offset];
      const shift = (p) => [p[0] + offset, p[1] + offset];
      const found = compute({ kind, t });
      const moved = first.map((p, i) => compute({ kind, t, a: shift(p), b: shift(second[i]), mean: center }).point);
      const [low, high] = [-3.4, 3.4 + offset * 1.15];
      cloud.begin({ x: [low, high], y: [low, high], xlabel: "first weight", ylabel: "second weight", title: `t = ${format(t)}`, label: `${N} neurons at position ${format(t)} of the ${KINDS[kind][0]}; the circle of radius two around the first mean.` });
      cloud.dots(first.map(shift), "gray", { radius: 1.4, opacity: 0.35 });
      cloud.dots(moved, KINDS[kind][1], { radius: 2, opacity: 0.8 });
      cloud.line(linspace(0, 2 * Math.PI, 90).map((w) => [offset + 2 * Math.cos(w), offset + 2 * Math.sin(w)]), "black", { width: 1.6 });
      lines(squeeze, "covariance", t, kind, "covariance", [0, 1.2]);
      const measured = variance(moved) / ((variance(first) + variance(second)) / 2);
      squeeze.mark(t, measured, KINDS[kind][1], 4);
      lines(drift, "mean", t, kind, "mean", [0, 1.6]);
      ui.legend([
        ["gray", "first network", "dot"], ...Object.values(KINDS).map(([text, color], k) => [color, text, k === 2 ? "dash" : "line"]), ["black", "holds 86 % of a normal law"],
      ]);
      const inside = moved.filter(([x, y]) => (x - offset) ** 2 + (y - offset) ** 2 <= 4).length / N;
      ui.say(
        `Covariance times <b>${format(found.covariance)}</b> (these ${N} neurons: ${format(measured)}), mean times ${format(found.mean)}, ` +
          `excess kurtosis times ${format(found.excess_kurtosis)}. In the circle: ${Math.round(100 * inside)} %.`
      );
    };
  }

  window.lossland.explorable("neuron-paths", { compute, build });
})();
