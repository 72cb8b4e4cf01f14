// @ts-check
/** The logarithm of the gamma function, to the accuracy of doubles. */

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * A polynomial in `x`, highest power first.
 *
 * @param {readonly number[]} coefficients
 * @param {number} x
 * @returns {number}
 */
export const polynomial = (coefficients, x) => coefficients.reduce((sum, c) => sum * x + c, 0);

/**
 * What Stirling's formula lacks of `log Γ(x)`, for `x` of 10 or more.
 *
 * @param {number} x
 * @returns {number}
 */
export function stirlingCorrection(x) {
  const s = 1 / (x * x);
  // Bernoulli numbers over 2k(2k-1).
  return (
    polynomial(
      [-3617 / 122400, 1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12],
      s,
    ) / x
  );
}

/**
 * The logarithm of the gamma function, for positive `x`: Stirling's series, after a shift to where it is exact to doubles.
 *
 * @param {number} x
 * @returns {number}
 */
export function logGamma(x) {
  if (!(x > 0)) return x === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  let product = 1;
  let shifted = x;
  while (shifted < 10) {
    product *= shifted;
    shifted += 1;
  }
  const stirling =
    (shifted - 0.5) * Math.log(shifted) - shifted + LOG_SQRT_2PI + stirlingCorrection(shifted);
  return stirling - Math.log(product);
}
