/* Gradient descent and heavy ball on a surface, with noise (chapters 1 and 13).

   compute() follows lossland.descent (Polyak's form, v' = rate * gradient + momentum * v, w' = w - v', first velocity
   zero) and lossland.sgd (noise of standard deviation noise_std in each coordinate of the gradient; temperature
   rate * noise_std^2 / 2, with momentum that of the step rate / (1 - momentum)).  The level is the energy below which
   a Boltzmann law on the grid of the window has 90 % of its mass. */
(function () {
  "use strict";
  const { linspace, random } = window.lossland.numbers;
  const format = window.lossland.format;
  const CELLS = 121;
  const STEPS = 3000;
  const SHOWN = [...new Set(linspace(0, 1, 150).map((part) => Math.round(STEPS ** part)))];

  const SURFACES = {
    quadratic: {
      title: "bowl, curvatures 1 and 10",
      value: (x, y) => (x * x + 10 * y * y) / 2,
      gradient: (x, y) => [x, 10 * y],
      window: [[-2, 2], [-2, 2]],
      start: [-1.6, 1.2],
      curvatures: [1, 10],
    },
    curved_valley: {
      title: "curved valley",
      value: (x, y) => (y - x * x) ** 2 + 0.1 * x * x,
      gradient: (x, y) => [-4 * x * (y - x * x) + 0.2 * x, 2 * (y - x * x)],
      window: [[-1.4, 1.4], [-0.6, 1.6]],
      start: [-1.1, 0.2],
    },
    strict_saddle: {
      title: "saddle between two minima",
      value: (x, y) => (x * x) / 2 - (y * y) / 2 + y ** 4 / 4,
      gradient: (x, y) => [x, y ** 3 - y],
      window: [[-1.5, 1.5], [-1.6, 1.6]],
      start: [-1.3, 0.02],
    },
  };

  /* Iterates of one run; noise comes from the generator, and is drawn in the order x, y of each step. */
  function descend({ surface, start, learning_rate, momentum = 0, noise_std = 0, n_steps, seed = 1 }) {
    const { gradient } = SURFACES[surface];
    const { normal } = random(seed);
    let [x, y] = start;
    let [vx, vy] = [0, 0];
    const points = [[x, y]];
    for (let k = 0; k < n_steps; k++) {
      const [gx, gy] = gradient(x, y);
      const [ex, ey] = noise_std ? [noise_std * normal(), noise_std * normal()] : [0, 0];
      vx = learning_rate * (gx + ex) + momentum * vx;
      vy = learning_rate * (gy + ey) + momentum * vy;
      x -= vx;
      y -= vy;
      if (!(Math.abs(x) < 1e6 && Math.abs(y) < 1e6)) return { points, diverged: k + 1 };
      points.push([x, y]);
    }
    return { points, diverged: -1 };
  }

  function energiesOf(surface) {
    const { value, window: [xs, ys] } = SURFACES[surface];
    const [across, up] = [linspace(xs[0], xs[1], CELLS), linspace(ys[0], ys[1], CELLS)];
    return up.map((y) => across.map((x) => value(x, y)));
  }

  const cache = {};
  const grid = (surface) => (cache[surface] = cache[surface] || { rows: energiesOf(surface) });

  function boltzmannLevel(surface, temperature) {
    const known = grid(surface);
    known.sorted = known.sorted || Float64Array.from(known.rows.flat()).sort();
    const weights = known.sorted.map((e) => Math.exp(-(e - known.sorted[0]) / temperature));
    const total = weights.reduce((a, b) => a + b, 0);
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      sum += weights[k];
      if (sum >= 0.9 * total) return known.sorted[k];
    }
    return known.sorted[weights.length - 1];
  }

  function compute(inputs) {
    const { surface, learning_rate, momentum = 0, noise_std = 0 } = inputs;
    const run = descend({ ...inputs, noise_std: 0 });
    const end = run.points[run.points.length - 1];
    const temperature = ((learning_rate / (1 - momentum)) * noise_std ** 2) / 2;
    const found = { end, value: SURFACES[surface].value(...end), temperature };
    found.level = temperature > 0 ? boltzmannLevel(surface, temperature) : NaN;
    found.variances = (SURFACES[surface].curvatures || []).map(
      (curvature) =>
        (learning_rate * noise_std ** 2 * (1 + momentum)) /
        (curvature * (1 - momentum) * (2 * (1 + momentum) - learning_rate * curvature))
    );
    return found;
  }

  /* Segments of a level line by marching squares, in the units of the axes. */
  function levelLine(rows, [xs, ys], level) {
    const [dx, dy] = [(xs[1] - xs[0]) / (CELLS - 1), (ys[1] - ys[0]) / (CELLS - 1)];
    const points = [];
    for (let j = 0; j + 1 < CELLS; j++) {
      for (let i = 0; i + 1 < CELLS; i++) {
        const corners = [rows[j][i], rows[j][i + 1], rows[j + 1][i + 1], rows[j + 1][i]].map((v) => v - level);
        const places = [[0, 0], [1, 0], [1, 1], [0, 1]];
        const cuts = [];
        for (let k = 0; k < 4; k++) {
          const [a, b] = [corners[k], corners[(k + 1) % 4]];
          if (a < 0 === b < 0) continue;
          const [p, q, s] = [places[k], places[(k + 1) % 4], a / (a - b)];
          cuts.push([xs[0] + dx * (i + p[0] + s * (q[0] - p[0])), ys[0] + dy * (j + p[1] + s * (q[1] - p[1]))]);
        }
        for (let k = 0; k + 1 < cuts.length; k += 2) points.push(cuts[k], cuts[k + 1], [NaN, NaN]);
      }
    }
    return points;
  }

  function contours(surface) {
    const known = grid(surface);
    if (!known.lines) {
      known.sorted = known.sorted || Float64Array.from(known.rows.flat()).sort();
      const at = (share) => known.sorted[Math.floor(share * (known.sorted.length - 1))];
      const levels = linspace(0.02, 0.97, 13).map(at);
      known.lines = levels.flatMap((level) => levelLine(known.rows, SURFACES[surface].window, level));
    }
    return known.lines;
  }

  function build(ui) {
    const names = Object.entries(SURFACES).map(([name, surface]) => [name, surface.title]);
    let [from, upward, shown] = [null, null, null];
    const restart = (name) => {
      from.set(SURFACES[name].start[0]);
      upward.set(SURFACES[name].start[1]);
    };
    ui.choice("surface", { label: "surface", options: names, value: "quadratic", on: restart });
    ui.slider("rate", { label: "step &eta;", min: 0.005, max: 0.25, step: 0.05, value: 0.05, log: true });
    ui.slider("momentum", { label: "momentum &beta;", min: 0, max: 0.95, step: 0.05, value: 0 });
    ui.slider("noise", { label: "noise s", min: 0, max: 5, step: 0.1, value: 0 });
    shown = ui.slider("steps", { label: "steps shown", stops: SHOWN, value: STEPS, show: String });
    from = ui.slider("x", { label: "start w<sub>1</sub>", min: -2, max: 2, step: 0.02, value: -1.6 });
    upward = ui.slider("y", { label: "start w<sub>2</sub>", min: -2, max: 2, step: 0.02, value: 1.2 });
    let seed = 1;
    ui.resets.push(() => (seed = 1));
    ui.button("New noise", () => (seed += 1));
    let playing = 0;
    const play = ui.button("Play", () => {
      if (playing) {
        playing = 0;
      } else if (!ui.still) {
        playing = performance.now();
        requestAnimationFrame(frame);
      } else {
        shown.set(STEPS);
      }
      play.textContent = playing ? "Stop" : "Play";
    });
    function frame(now) {
      if (!playing) return;
      const part = Math.min(1, Math.max(0, (now - playing) / 6000));
      shown.set(SHOWN[Math.round(part * (SHOWN.length - 1))]);
      if (part === 1) {
        playing = 0;
        play.textContent = "Play";
      }
      ui.redraw();
      if (playing) requestAnimationFrame(frame);
    }
    const map = ui.plot({ label: "Surface with the path of descent", ratio: 0.9 });
    const fall = ui.plot({ label: "Loss against step", ratio: 0.9 });

    return function draw() {
      const v = ui.values;
      const surface = SURFACES[v.surface];
      const settings = { surface: v.surface, start: [v.x, v.y], learning_rate: v.rate, momentum: v.momentum, noise_std: v.noise, n_steps: STEPS, seed };
      const run = descend(settings);
      const points = run.points.slice(0, v.steps + 1);
      const { temperature, level, variances } = compute(settings);
      const burn = Math.min(300, Math.round(3 / (v.rate / (1 - v.momentum))));
      const cloud = points.slice(burn);
      map.begin({
        x: surface.window[0], y: surface.window[1], xlabel: "w_1", ylabel: "w_2", title: surface.title,
        label: `${surface.title}: ${points.length - 1} steps from ${format(v.x)}, ${format(v.y)} with step ${format(v.rate)}, momentum ${v.momentum} and noise ${v.noise}.`,
      });
      map.line(contours(v.surface), "gray", { width: 0.8 }).setAttribute("stroke-opacity", 0.55);
      if (v.noise > 0) map.dots(cloud, "sky", { radius: 1.5, opacity: 0.5 });
      map.line(points.slice(0, v.noise > 0 ? burn + 1 : undefined), "blue", { width: 1.8 });
      if (v.noise === 0) map.dots(points.slice(0, 200), "blue", { radius: 2.4 });
      if (temperature > 0) map.line(levelLine(grid(v.surface).rows, surface.window, level), "orange", { width: 2.4 });
      map.mark(v.x, v.y, "black", 4.5);
      map.mark(...points[points.length - 1], "orange", 5.5);

      const values = points.map(([x, y], k) => [k + 1, surface.value(x, y)]);
      const floor = v.surface === "strict_saddle" ? -0.25 : 0;
      const last = values[values.length - 1][1] - floor;
      const height = last < 1e-12 ? "below 10<sup>&minus;12</sup>" : format(last);
      const seen = values.map(([k, value]) => [k, Math.max(1e-12, value - floor)]).filter((_, k) => k < 100 || k % 5 === 0);
      fall.begin({ x: [1, STEPS], y: [v.noise ? 1e-4 : 1e-10, 30], xlog: true, ylog: true, xlabel: "step + 1", ylabel: "loss above the minimum", title: "loss", label: `Loss above the minimum against step; after ${points.length - 1} steps ${format(last)}.` });
      fall.line(seen, "blue", { width: 1.8 });
      if (temperature > 0) fall.line([[1, temperature], [STEPS, temperature]], "orange", { dash: "5 4", width: 2 });
      ui.legend([
        ["blue", "path"],
        ...(v.noise ? [["sky", "iterates after the way down", "dot"], ["orange", "holds 90 % of the Boltzmann law"], ["orange", "temperature T", "dash"]] : []),
      ]);
      if (run.diverged > 0) return ui.say(`The step is too long: the run <b>diverges</b>; beyond 10<sup>6</sup> at step ${run.diverged}.`);
      if (!v.noise) return ui.say(`Without noise, after ${points.length - 1} steps: loss above the minimum <b>${height}</b>.`);
      const inside = cloud.filter(([x, y]) => surface.value(x, y) <= level).length / Math.max(1, cloud.length);
      const wide = variances.length ? ` Standard deviations in the limit: ${variances.map((s) => format(Math.sqrt(s))).join(" and ")}.` : "";
      return ui.say(
        `Temperature <b>T = ${format(temperature)}</b>. ` +
          (cloud.length > 100 ? `Inside the orange line: ${Math.round(100 * inside)} % of the iterates of this run.` : "Show more steps to see the cloud.") + wide
      );
    };
  }

  window.lossland.explorable("noisy-descent", { compute, build });
})();
