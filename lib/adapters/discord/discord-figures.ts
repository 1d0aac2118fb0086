import { formatMicros } from '#lib/domain/market/money.ts';
import type { DiscordField } from './discord-limits.ts';

/** Figures as a trader reads them, from the decimal strings of events. */

export function field(name: string, value: string, inline: boolean): DiscordField {
  return { name, value, inline };
}

export function amount(micros: string): string {
  return formatMicros(BigInt(micros), 2);
}

export function dollars(micros: string): string {
  const value = BigInt(micros);
  const text = formatMicros(value < 0n ? -value : value, 2);
  return value < 0n && text !== '0.00' ? `-$${text}` : `$${text}`;
}

/** With its sign: a profit is seen without reading the number. */
export function signedDollars(micros: string): string {
  return BigInt(micros) > 0n ? `+${dollars(micros)}` : dollars(micros);
}

/** Text from elsewhere: markdown that could hide a link behind other words is shown as it is written. */
export function plain(text: string): string {
  return text.replace(/[\\*_~`|>[\]()#]/g, '\\$&');
}
