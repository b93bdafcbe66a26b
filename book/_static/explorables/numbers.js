/* Numbers for the explorables: a seeded generator, tails of distributions, linear assignment.

   The generator is mulberry32: a 32-bit counter that is stepped by 0x6D2B79F5 and mixed by shifts and products.
   Normal variables are made from it in pairs by the method of Box and Muller.  The same seed gives the same
   numbers in every browser; they are not those of NumPy. */
(function () {
  "use strict";
  const lossland = (window.lossland = window.lossland || {});

  function random(seed) {
    let state = seed >>> 0;
    let spare = null;
    function uniform() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }
    function normal() {
      if (spare !== null) {
        const kept = spare;
        spare = null;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    }
    const normals = (n) => Array.from({ length: n }, normal);
    function permutation(n) {
      const order = Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1));
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    }
    return { uniform, normal, normals, permutation };
  }

  const LANCZOS = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];

  /* Logarithm of the gamma function for x > 0 (Lanczos 1964, seven terms and a half). */
  function logGamma(x) {
    if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
    let sum = LANCZOS[0];
    for (let k = 1; k < 9; k++) sum += LANCZOS[k] / (x - 1 + k);
    const t = x + 6.5;
    return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
  }

  /* Regularized incomplete beta function by its continued fraction (modified Lentz method). */
  function incompleteBeta(x, a, b) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
    const front = Math.exp(
      logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x) - Math.log(a)
    );
    const guard = (value) => (Math.abs(value) < 1e-300 ? 1e-300 : value);
    let c = 1;
    let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
    let fraction = d;
    for (let m = 1; m < 1000; m++) {
      for (const step of [
        (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
        (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
      ]) {
        d = 1 / guard(1 + step * d);
        c = guard(1 + step / c);
        fraction *= c * d;
      }
      if (Math.abs(c * d - 1) < 1e-15) break;
    }
    return front * fraction;
  }

  /* P(t_m > x) for a Student variable of m degrees of freedom and x >= 0. */
  const studentTail = (x, m) => 0.5 * incompleteBeta(m / (m + x * x), m / 2, 0.5);

  /* The assignment with the largest sum: column of each row (shortest augmenting paths, n^3 steps). */
  function bestAssignment(gain) {
    const n = gain.length;
    const u = new Float64Array(n + 1);
    const v = new Float64Array(n + 1);
    const rowOf = new Int32Array(n + 1);
    const way = new Int32Array(n + 1);
    for (let i = 1; i <= n; i++) {
      const least = new Float64Array(n + 1).fill(Infinity);
      const used = new Uint8Array(n + 1);
      let column = 0;
      rowOf[0] = i;
      do {
        used[column] = 1;
        const row = rowOf[column];
        let delta = Infinity;
        let next = 0;
        for (let j = 1; j <= n; j++) {
          if (used[j]) continue;
          const reduced = -gain[row - 1][j - 1] - u[row] - v[j];
          if (reduced < least[j]) {
            least[j] = reduced;
            way[j] = column;
          }
          if (least[j] < delta) {
            delta = least[j];
            next = j;
          }
        }
        for (let j = 0; j <= n; j++) {
          if (used[j]) {
            u[rowOf[j]] += delta;
            v[j] -= delta;
          } else {
            least[j] -= delta;
          }
        }
        column = next;
      } while (rowOf[column] !== 0);
      for (; column; column = way[column]) rowOf[column] = rowOf[way[column]];
    }
    const assigned = new Array(n);
    for (let j = 1; j <= n; j++) assigned[rowOf[j] - 1] = j - 1;
    return assigned;
  }

  const linspace = (low, high, n) => Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));

  lossland.numbers = { random, logGamma, incompleteBeta, studentTail, bestAssignment, linspace };
})();
