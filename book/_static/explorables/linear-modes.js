/* Time courses of the modes of a deep linear network (chapter 9).

   compute() follows lossland.linear_networks.mode_strength: a mode of strength q = w^K with target r and input
   variance s obeys dq/dt = s K |q|^(2 - 2/K) (r - q), from balanced weights.  Depths 1 and 2 are closed; for deeper
   networks the time is an elementary function of the strength, which is inverted by bisection. */
(function () {
  "use strict";
  const { linspace } = window.lossland.numbers;
  const format = window.lossland.format;
  const TARGETS = [[3, "blue"], [1.5, "orange"], [0.5, "green"], [-0.7, "pink"]];

  function twoLayers(start, target, clock) {
    const x = 2 * Math.abs(target) * clock;
    const risen = target === 0 ? 2 * clock : -Math.expm1(-x) / Math.abs(target);
    if (target >= 0) return start / (Math.exp(-x) + start * risen);
    return (start * Math.exp(-x)) / (1 + start * risen);
  }

  /* Antiderivative of 1/(x^(K-1) (+-1 - x^K)) that vanishes at infinity; gap is ln|1 - x|. */
  function clockOf(negative, depth, x, gap) {
    const sign = negative ? -1 : 1;
    if (x ** depth > 100) {
      let series = 0;
      for (let m = 0; m < 9; m++) {
        const power = (2 + m) * depth - 2;
        series += (sign ** m * x ** -power) / power;
      }
      return series;
    }
    let total = (sign * x ** (2 - depth)) / (2 - depth);
    for (let j = 0; j < depth; j++) {
      const angle = (Math.PI * (2 * j + (negative ? 1 : 0))) / depth;
      const [re, im] = [x - Math.cos(angle), -Math.sin(angle)];
      const modulus = j === 0 && !negative ? gap : 0.5 * Math.log(re * re + im * im);
      const argument = j === 0 && !negative ? 0 : Math.atan2(im, re);
      total -= (Math.cos(2 * angle) * modulus - Math.sin(2 * angle) * argument) / depth;
    }
    return total;
  }

  const softplus = (u) => (u > 0 ? u + Math.log1p(Math.exp(-u)) : Math.log1p(Math.exp(u)));

  function manyLayers(depth, start, target, clock) {
    if (start === target || start === 0) return start === 0 ? 0 : target;
    if (Math.abs(target) <= 1e-30 * start) {
      const w = start ** (1 / depth);
      return (w ** (2 - 2 * depth) + (2 * depth - 2) * clock) ** (-depth / (2 * depth - 2));
    }
    const scale = Math.abs(target);
    const x0 = (start / scale) ** (1 / depth);
    const tau = scale ** (2 - 2 / depth) * clock;
    const kind = target < 0 ? "negative" : x0 < 1 ? "below" : "above";
    const position = {
      below: (u) => [Math.exp(-softplus(-u)), -softplus(u)],
      above: (u) => [1 + Math.exp(u), u],
      negative: (u) => [Math.exp(u), 0],
    }[kind];
    const u0 = kind === "below" ? Math.log(x0) - Math.log1p(-x0) : kind === "above" ? Math.log(x0 - 1) : Math.log(x0);
    const speed = kind === "above" ? depth * x0 ** (2 * depth - 2) : x0 ** (depth - 2) * (1 + x0 ** depth);
    let [near, far] = [u0, kind === "below" ? u0 + depth * tau : u0 - speed * tau];
    const at = (u) => clockOf(kind === "negative", depth, ...position(u));
    const goal = at(u0) + tau;
    for (let k = 0; k < 100; k++) {
      const middle = (near + far) / 2;
      if (at(middle) > goal) far = middle;
      else near = middle;
    }
    return scale * position((near + far) / 2)[0] ** depth;
  }

  function strength(time, target, start, depth, variance = 1) {
    if (time === 0) return start;
    if (depth === 1) return target + (start - target) * Math.exp(-variance * time);
    const sign = start < 0 ? -1 : 1;
    const solve = depth === 2 ? twoLayers : (...rest) => manyLayers(depth, ...rest);
    return sign * solve(sign * start, sign * target, variance * time);
  }

  /* Time at which a growing mode with start < goal < target reaches the goal. */
  function timeToReach(goal, target, start, depth, variance = 1) {
    if (!(start < goal && goal < target) || (depth > 1 && start <= 0)) return Infinity;
    if (depth === 1) return Math.log((start - target) / (goal - target)) / variance;
    if (depth === 2) return (Math.log(goal / start) + Math.log((target - start) / (target - goal))) / (2 * target * variance);
    const [x, x0] = [goal, start].map((q) => (q / target) ** (1 / depth));
    const passed = clockOf(false, depth, x, Math.log1p(-x)) - clockOf(false, depth, x0, Math.log1p(-x0));
    return passed / (target ** (2 - 2 / depth) * variance);
  }

  function compute({ time, target, start, depth, input_variance = 1 }) {
    return {
      mode_strength: strength(time, target, start, depth, input_variance),
      time_to_half: timeToReach(target / 2, target, start, depth, input_variance),
    };
  }

  function build(ui) {
    ui.slider("depth", { label: "layers K", min: 1, max: 8, step: 1, value: 3 });
    ui.slider("start", { label: "first strength q<sub>0</sub>", min: 1e-4, max: 1, step: 0.05, value: 0.1, log: true });
    ui.slider("variance", { label: "input variance s", min: 0.25, max: 4, step: 0.05, value: 1 });
    ui.slider("span", { label: "time shown", min: 1, max: 1000, step: 0.05, value: 5, log: true });
    const modes = ui.plot({ label: "Strengths of four modes", ratio: 0.85 });
    const losses = ui.plot({ label: "Loss", ratio: 0.85 });

    return function draw() {
      const { depth, start, variance, span } = ui.values;
      const grid = linspace(0, span, 260);
      const courses = TARGETS.map(([target]) => grid.map((t) => strength(t, target, start, depth, variance)));
      const half = timeToReach(1.5, 3, start, depth, variance);
      const half2 = timeToReach(0.75, 1.5, start, depth, variance);
      modes.begin({
        x: [0, span], y: [-0.9, 3.3], xlabel: "time", ylabel: "strength q", title: `${depth} layer${depth > 1 ? "s" : ""}`,
        label: `Four modes with targets 3, 1.5, 0.5 and minus 0.7 against time, ${depth} layers, from strength ${format(start)}. The strongest is half way at time ${format(half)}.`,
      });
      TARGETS.forEach(([target, color], i) => {
        modes.line([[0, target], [span, target]], color, { dash: "3 5", width: 1.1 });
        modes.line(grid.map((t, k) => [t, courses[i][k]]), color, { width: 2.4 });
      });
      modes.mark(half, 1.5, "black", 5);
      modes.mark(half2, 0.75, "black", 5);
      const loss = grid.map((t, k) => [t, TARGETS.reduce((sum, [r], i) => sum + (variance * (r - courses[i][k]) ** 2) / 2, 0)]);
      const top = Math.max(...loss.map((point) => point[1]));
      losses.begin({ x: [0, span], y: [0, 1.05 * top], xlabel: "time", ylabel: "loss", title: "stairs of the loss", label: `Loss against time; it falls from ${format(loss[0][1])} to ${format(loss[loss.length - 1][1])} in steps, one for each mode.` });
      losses.line(loss, "black", { width: 2.4 });
      if (depth > 1) losses.line([[0, (variance * 0.49) / 2], [span, (variance * 0.49) / 2]], "pink", { dash: "3 5", width: 1.4 });
      ui.legend([
        ...TARGETS.map(([r, color]) => [color, `target ${format(r)}`]), ["gray", "dashed: targets", "dash"], ["black", "half way", "dot"],
      ]);
      const last = courses[3][courses[3].length - 1];
      ui.say(
        `The mode with target 3 is half way at <b>t = ${format(half)}</b>, that with 1.5 at ${format(half2)}. ` +
          (depth > 1 ? `The mode with target &minus;0.7 is at ${format(last)}: it cannot pass 0.` : "With one layer every mode reaches its target.")
      );
    };
  }

  window.lossland.explorable("linear-modes", { compute, build });
})();
