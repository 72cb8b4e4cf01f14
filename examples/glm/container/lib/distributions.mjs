// @ts-check
/** The normal and Student's t distribution, to the accuracy of doubles. */

import { logGamma, polynomial, stirlingCorrection } from "./log-gamma.mjs";

const SQRT_2PI = Math.sqrt(2 * Math.PI);

/**
 * The density of the standard normal distribution.
 *
 * @param {number} x
 * @returns {number}
 */
export function normalDensity(x) {
  return Math.exp(-0.5 * x * x) / SQRT_2PI;
}

/**
 * `exp(-x²/2)` without the rounding error of `x²`: the square is split into a part that is exact and a small rest.
 *
 * @param {number} x
 * @returns {number}
 */
function expMinusHalfSquare(x) {
  const head = Math.trunc(x * 16) / 16;
  return Math.exp(-0.5 * head * head) * Math.exp(-0.5 * (x - head) * (x + head));
}

/**
 * The probability that a standard normal variable is greater than `x`, with full relative accuracy in the tail.
 *
 * W. J. Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation 23 (1969) 631-637.
 *
 * @param {number} x
 * @returns {number}
 */
export function normalUpperTail(x) {
  if (Number.isNaN(x)) return Number.NaN;
  const y = Math.abs(x);
  // Less than the smallest double.
  if (y > 40) return x > 0 ? 0 : 1;
  if (y <= 0.67448975) {
    const s = y * y;
    const above = polynomial(
      [
        0.06568233791820745, 2.2352520354606837, 161.02823106855587, 1067.6894854603709,
        18154.98125334356,
      ],
      s,
    );
    const below = polynomial(
      [1, 47.202581904688245, 976.0985517377767, 10260.932208618979, 45507.78933502673],
      s,
    );
    return 0.5 - (x * above) / below;
  }
  let tail = 0;
  if (y <= Math.sqrt(32)) {
    const above = polynomial(
      [
        1.0765576773720192e-8, 0.39894151208813466, 8.883149794388377, 93.50665613217785,
        597.2702763948002, 2494.5375852903726, 6848.190450536283, 11602.65143764735,
        9842.714838383978,
      ],
      y,
    );
    const below = polynomial(
      [
        1, 22.266688044328117, 235.387901782625, 1519.3775994075547, 6485.558298266761,
        18615.571640885097, 34900.95272114598, 38912.00328609327, 19685.429676859992,
      ],
      y,
    );
    tail = (expMinusHalfSquare(y) * above) / below;
  } else {
    const s = 1 / (y * y);
    const above = polynomial(
      [
        0.023073441764940174, 0.215898534057957, 0.12740116116024736, 0.022235277870649807,
        0.0014216191932278934, 2.9112874951168793e-5,
      ],
      s,
    );
    const below = polynomial(
      [
        1, 1.284260096144911, 0.4682382124808651, 0.06598813786892856, 0.0037823963320275824,
        7.297515550839662e-5,
      ],
      s,
    );
    tail = (expMinusHalfSquare(y) * (1 / SQRT_2PI - (s * above) / below)) / y;
  }
  return x > 0 ? tail : 1 - tail;
}

/**
 * The `p` quantile of the standard normal distribution.
 *
 * M. J. Wichura, Algorithm AS 241: The percentage points of the normal distribution, Applied Statistics 37 (1988) 477-484.
 *
 * @param {number} p
 * @returns {number}
 */
export function normalQuantile(p) {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    const above = polynomial(
      [
        2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987,
        13731.69376550946, 1971.5909503065513, 133.14166789178438, 3.3871328727963665,
      ],
      r,
    );
    const below = polynomial(
      [
        5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597,
        5394.196021424751, 687.1870074920579, 42.31333070160091, 1,
      ],
      r,
    );
    return (q * above) / below;
  }
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  const [above, below] =
    r <= 5
      ? [
          polynomial(
            [
              0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684,
              3.6478483247632045, 5.769497221460691, 4.630337846156546, 1.4234371107496835,
            ],
            r - 1.6,
          ),
          polynomial(
            [
              1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457,
              0.14810397642748008, 0.6897673349851, 1.6763848301838038, 2.053191626637759, 1,
            ],
            r - 1.6,
          ),
        ]
      : [
          polynomial(
            [
              2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784,
              0.026532189526576124, 0.29656057182850487, 1.7848265399172913, 5.463784911164114,
              6.657904643501103,
            ],
            r - 5,
          ),
          polynomial(
            [
              2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5,
              0.0007868691311456133, 0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
            ],
            r - 5,
          ),
        ];
  return (q < 0 ? -1 : 1) * (above / below);
}

/**
 * The logarithm of the beta function at `(a, 1/2)`. For great `a` the two gamma functions cancel, so their difference is
 * taken from Stirling's formula itself.
 *
 * @param {number} a
 * @returns {number}
 */
function logBetaHalf(a) {
  const logGammaHalf = 0.5 * Math.log(Math.PI);
  if (a < 10) return logGamma(a) + logGammaHalf - logGamma(a + 0.5);
  return (
    logGammaHalf +
    stirlingCorrection(a) -
    stirlingCorrection(a + 0.5) +
    0.5 -
    0.5 * Math.log(a) -
    a * Math.log1p(0.5 / a)
  );
}

/**
 * The continued fraction of the incomplete beta function, by the modified method of Lentz.
 *
 * W. H. Press et al., Numerical Recipes, 3rd edition, section 6.4.
 *
 * @param {number} a
 * @param {number} b
 * @param {number} x
 * @returns {number}
 */
function betaFraction(a, b, x) {
  const tiny = 1e-300;
  const away = (/** @type {number} */ value) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const factor = d * c;
    h *= factor;
    if (Math.abs(factor - 1) < 1e-16) break;
  }
  return h;
}

/**
 * The probability that a Student t variable is further from 0 than `t`, on either side.
 *
 * @param {number} t
 * @param {number} degreesOfFreedom
 * @returns {number}
 */
export function studentTwoSided(t, degreesOfFreedom) {
  if (Number.isNaN(t) || !(degreesOfFreedom > 0)) return Number.NaN;
  if (t === 0) return 1;
  if (!Number.isFinite(t)) return 0;
  const a = degreesOfFreedom / 2;
  const ratio = (t * t) / degreesOfFreedom;
  // x = df / (df + t²), and the logarithms of x and 1 - x without cancellation.
  const x = 1 / (1 + ratio);
  const logX = -Math.log1p(ratio);
  const log1MinusX = Math.log(ratio) + logX;
  const front = Math.exp(a * logX + 0.5 * log1MinusX - logBetaHalf(a));
  return x < (a + 1) / (a + 2.5)
    ? (front * betaFraction(a, 0.5, x)) / a
    : 1 - (front * betaFraction(0.5, a, ratio * x)) / 0.5;
}

/**
 * The value that a Student t variable exceeds with probability `tail`, for `tail` under one half.
 *
 * @param {number} tail
 * @param {number} degreesOfFreedom
 * @returns {number}
 */
export function studentUpperQuantile(tail, degreesOfFreedom) {
  let low = 0;
  let high = Math.max(1, -normalQuantile(tail));
  while (studentTwoSided(high, degreesOfFreedom) > 2 * tail && high < 1e300) high *= 2;
  while (high - low > 1e-14 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentTwoSided(middle, degreesOfFreedom) > 2 * tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
