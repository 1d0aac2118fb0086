/** The standard normal distribution function, by Abramowitz and Stegun 26.2.17: the error is below 1e-7. */
export function normalCdf(z: number): number {
  const distance = Math.abs(z);
  const t = 1 / (1 + 0.2316419 * distance);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upperTail = (Math.exp((-distance * distance) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return z >= 0 ? 1 - upperTail : upperTail;
}

/** The inverse of `normalCdf`, by bisection between −8 and 8. */
export function normalQuantile(p: number): number {
  let low = -8;
  let high = 8;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
