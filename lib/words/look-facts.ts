import { cents } from './money-text.ts';
import { utcClockMs } from './time-text.ts';

type Facts = Readonly<Record<string, unknown>>;

/** What a look at the price may read (lib/lifecycle/hold/look-at-price.ts), after `first` or `second`. */
const LOOK_FACT = /^(first|second)(LookAtMs|BookAtMs|PriceMicros|IsWhole|BestBidMicros|BestAskMicros|BookFlaw)$/;

export const isLookFact = (name: string): boolean => LOOK_FACT.test(name);

/** `first look at 15:02:04.475: all shares for 52.0¢ each, best bid 52.0¢, best ask 53.0¢, book of 15:02:04.250`. */
export function describeLooks(evidence: Facts): readonly string[] {
  return ['first', 'second'].flatMap((name) => {
    const fact = (rest: string) => evidence[`${name}${rest}`];
    const atMs = fact('LookAtMs');
    if (typeof atMs !== 'number') return [];
    const bookAtMs = fact('BookAtMs');
    const flaw = fact('BookFlaw');
    const parts = [
      priceText(fact('PriceMicros'), fact('IsWhole')),
      ...centsText('best bid', fact('BestBidMicros')),
      ...centsText('best ask', fact('BestAskMicros')),
      ...(typeof bookAtMs === 'number' ? [`book of ${utcClockMs(bookAtMs)}`] : []),
      ...(flaw === null || flaw === undefined ? [] : [`book ignored (${String(flaw)})`]),
    ];
    return [`${name} look at ${utcClockMs(atMs)}: ${parts.join(', ')}`];
  });
}

function priceText(micros: unknown, isWhole: unknown): string {
  const [price] = centsText('', micros);
  return price === undefined ? 'no price' : `${isWhole === false ? 'a part of the' : 'all'} shares for${price} each`;
}

/** The table has amounts as text of a whole number. */
function centsText(name: string, micros: unknown): readonly string[] {
  const text = String(micros);
  return /^\d{1,30}$/.test(text) ? [`${name} ${cents(BigInt(text))}`] : [];
}
