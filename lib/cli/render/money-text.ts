import { formatMicros } from '#lib/domain/market/money.ts';

/** `$25.00`, `-$1.20`. */
export function dollars(micros: bigint): string {
  const text = formatMicros(micros < 0n ? -micros : micros, 2);
  return micros < 0n && text !== '0.00' ? `-$${text}` : `$${text}`;
}

/** A gain or a loss, with its sign: `+$0.84`, `-$1.20`, `$0.00`. */
export function signedDollars(micros: bigint): string {
  const text = dollars(micros);
  return text.startsWith('-') || text === '$0.00' ? text : `+${text}`;
}

/** A price per share: 650_000n → `65.0¢`. */
export function cents(priceMicros: bigint): string {
  return `${formatMicros(priceMicros * 100n, 1)}¢`;
}

/** A price as `PositionView` has it: `0.650000` → `65.0¢`. */
export function centsOf(price: string | null): string {
  const digits = /^(\d+)\.(\d{6})$/.exec(price ?? '');
  return digits === null ? '–' : cents(BigInt(`${digits[1]}${digits[2]}`));
}

/** `37.26`: sizes have two decimals. */
export function shares(sharesMicros: bigint): string {
  return formatMicros(sharesMicros, 2);
}
