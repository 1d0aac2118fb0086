/**
 * Money and shares are integers of one millionth (`…Micros`, bigint): the unit in which the venue settles both.
 * A price is micro-dollars per share, 0 < price < 1_000_000. Nothing here divides without naming its rounding.
 */
export const ONE_MICROS = 1_000_000n;

/** `value · numerator / denominator`, towards minus infinity. All three may be zero or more; the denominator is more. */
export function mulDivFloor(value: bigint, numerator: bigint, denominator: bigint): bigint {
  return (value * numerator) / denominator;
}

/** `value · numerator / denominator`, away from zero. */
export function mulDivCeil(value: bigint, numerator: bigint, denominator: bigint): bigint {
  return (value * numerator + denominator - 1n) / denominator;
}

/** `value · numerator / denominator`, halves up. */
export function mulDivRound(value: bigint, numerator: bigint, denominator: bigint): bigint {
  return (2n * value * numerator + denominator) / (2n * denominator);
}

/** The largest multiple of `step` that is not above `value`. */
export function floorTo(value: bigint, step: bigint): bigint {
  return value - (value % step);
}

export function minMicros(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function maxMicros(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,18}))?$/;

/**
 * Reads a decimal string such as "0.65" or "25" into micros. Digits beyond the sixth must be zero.
 * @throws RangeError when the text is not such a number.
 */
export function parseMicros(text: string): bigint {
  const match = DECIMAL.exec(text);
  if (match === null) throw new RangeError(`"${text.slice(0, 40)}" is not a decimal number`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(6))) throw new RangeError(`"${text.slice(0, 40)}" has more than six decimals`);
  const micros = BigInt(whole) * ONE_MICROS + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  return sign === '-' ? -micros : micros;
}

/** Writes micros as a decimal string with `decimals` digits (0 to 6), halves away from zero: 650_000n → "0.65". */
export function formatMicros(micros: bigint, decimals = 2): string {
  const unit = 10n ** BigInt(6 - decimals);
  const magnitude = (micros < 0n ? -micros : micros) + unit / 2n;
  const digits = (magnitude / unit).toString().padStart(decimals + 1, '0');
  const sign = micros < 0n && BigInt(digits) !== 0n ? '-' : '';
  if (decimals === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
