/**
 * Money and shares are integer millionths (`…Micros`, bigint), the unit in which the venue settles both. A price is in
 * micro-dollars per share, 0 < price < 1_000_000. Every division names its rounding.
 */
export const ONE_MICROS = 1_000_000n;

/** `value · numerator / denominator`, rounded down. No argument is negative. */
export function mulDivFloor(value: bigint, numerator: bigint, denominator: bigint): bigint {
  return (value * numerator) / denominator;
}

export function mulDivCeil(value: bigint, numerator: bigint, denominator: bigint): bigint {
  return (value * numerator + denominator - 1n) / denominator;
}

export function mulDivRound(value: bigint, numerator: bigint, denominator: bigint): bigint {
  return (2n * value * numerator + denominator) / (2n * denominator);
}

export function floorTo(value: bigint, step: bigint): bigint {
  return value - (value % step);
}

export function ceilTo(value: bigint, step: bigint): bigint {
  return floorTo(value + step - 1n, step);
}

export function minMicros(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function maxMicros(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,18}))?$/;

/**
 * Parses a decimal such as "0.65" or "25" into micros.
 * @throws RangeError for any other text, and for a digit other than zero after the sixth decimal
 */
export function parseMicros(text: string): bigint {
  const match = DECIMAL.exec(text);
  if (match === null) throw new RangeError(`"${text.slice(0, 40)}" is not a decimal number`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  if (/[1-9]/.test(fraction.slice(6))) throw new RangeError(`"${text.slice(0, 40)}" has more than six decimals`);
  const micros = BigInt(whole) * ONE_MICROS + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  return sign === '-' ? -micros : micros;
}

/** Formats micros with 0 to 6 decimals, rounding half away from zero: 650_000n → "0.65". */
export function formatMicros(micros: bigint, decimals = 2): string {
  const unit = 10n ** BigInt(6 - decimals);
  const magnitude = (micros < 0n ? -micros : micros) + unit / 2n;
  const digits = (magnitude / unit).toString().padStart(decimals + 1, '0');
  const sign = micros < 0n && BigInt(digits) !== 0n ? '-' : '';
  if (decimals === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
