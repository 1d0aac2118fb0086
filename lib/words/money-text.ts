import { formatMicros, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { FillTotals } from '#lib/domain/market/order.ts';
import { averagePriceMicros } from '#lib/domain/position/position-view.ts';

/**
 * Money, prices and sizes as people read them. Input: micros, as a bigint or as the decimal strings of views and
 * events.
 */

/** `$25.00`, `-$1.20`; rounded to the cent, halves away from zero. */
export function dollars(micros: bigint | string): string {
  const text = formatMicros(BigInt(micros), 2);
  return text.startsWith('-') ? `-$${text.slice(1)}` : `$${text}`;
}

/** A gain or a loss with its sign: `+$0.84`, `-$1.20`, `$0.00`. */
export function signedDollars(micros: bigint | string): string {
  const text = dollars(micros);
  return text.startsWith('-') || text === '$0.00' ? text : `+${text}`;
}

/** `-14.0 %` or `+4.9 %` of `baseMicros`, which is not zero; rounded to 0.1 %, halves away from zero. */
export function signedPercent(micros: bigint, baseMicros: bigint): string {
  const text = formatMicros((micros * 100n * ONE_MICROS) / baseMicros, 1);
  return `${micros > 0n ? '+' : ''}${text} %`;
}

/** A price per share in cents, rounded half up from micros to 0.1¢: 650_000n → `65.0¢`, 816_500n → `81.7¢`. */
export function cents(priceMicros: bigint): string {
  return `${formatMicros(priceMicros * 100n, 1)}¢`;
}

/** The same from a price as `PositionView` has it (`0.650000`); `–` without one. */
export function centsOf(price: string | null): string {
  const digits = /^(\d+)\.(\d{6})$/.exec(price ?? '');
  return digits === null ? '–' : cents(BigInt(`${digits[1]}${digits[2]}`));
}

/** The average price of a fill of more than zero shares, rounded as a position's own prices are. */
export function fillPrice(fill: FillTotals): string {
  const priceMicros = averagePriceMicros(fill);
  return priceMicros === null ? '–' : cents(priceMicros);
}

/** A price of the underlying, to the cent: `97412.550000` → `$97,412.55`. */
export function underlyingPrice(price: string): string {
  const match = /^(\d+)\.(\d{6})$/.exec(price);
  if (match === null) return price;
  const decimals = Number(match[1]) < 10 ? 4 : 2;
  const [whole = '', fraction = ''] = formatMicros(BigInt(`${match[1]}${match[2]}`), decimals).split('.');
  return `$${whole.replace(/\B(?=(?:\d{3})+$)/g, ',')}.${fraction}`;
}

/** A number of shares with the venue's two decimals: `37.26`. */
export function shares(micros: bigint | string): string {
  return formatMicros(BigInt(micros), 2);
}
