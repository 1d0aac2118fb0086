import { formatMicros } from '#lib/domain/market/money.ts';

/** A price or size as the venue writes it: a decimal string without trailing zeros, such as "0.5" or "120". */
export function toDecimalText(micros: bigint): string {
  return formatMicros(micros, 6).replace(/\.?0+$/, '');
}
