import { describeLooks, isLookFact } from './look-facts.ts';
import { cents, shares } from './money-text.ts';
import { tMinus, utcClockMs } from './time-text.ts';

/** In the order of reading. The table does not keep an order. */
const FACT_NAMES: readonly string[] = [
  'bookFlaw',
  'bookAtMs',
  'bestBidMicros',
  'bidCount',
  'postedAtMs',
  'tookMs',
  'balanceMicros',
  'restingOrderCount',
  'approved',
  'remedyDone',
  'chainSharesMicros',
  'chainOtherSharesMicros',
  'chainApproved',
];

function rankOf(name: string): number {
  const index = FACT_NAMES.indexOf(name);
  return index < 0 ? FACT_NAMES.length : index;
}

/** What was read on the way to a decision. Facts that a newer version adds are shown by their name. */
export function describeEvidence(evidence: Readonly<Record<string, unknown>>, marketEndsAtMs: number): string {
  const others = Object.entries(evidence)
    .filter(([name]) => !isLookFact(name))
    .sort(([one], [other]) => rankOf(one) - rankOf(other))
    .filter(([name, value]) => value !== null && value !== undefined && !(name === 'remedyDone' && value === true))
    .map(([name, value]) => describeFact(name, value, marketEndsAtMs));
  return [...describeLooks(evidence), ...others].join(' · ');
}

function describeFact(name: string, value: unknown, marketEndsAtMs: number): string {
  const text = String(value);
  const isCount = /^-?\d{1,30}$/.test(text);
  if (!isCount) return describeFlag(name, value) ?? `${name} ${text}`;
  switch (name) {
    case 'tookMs':
      return `took ${text} ms`;
    case 'postedAtMs':
      return `posted at ${utcClockMs(Number(text))} (${tMinus(marketEndsAtMs, Number(text))})`;
    case 'bookAtMs':
      return `book of ${utcClockMs(Number(text))}`;
    case 'bestBidMicros':
      return `best bid ${cents(BigInt(text))}`;
    case 'bidCount':
      return `${text} bids`;
    case 'balanceMicros':
      return `balance ${shares(BigInt(text))} shares`;
    case 'restingOrderCount':
      return `${text} resting orders`;
    case 'chainSharesMicros':
      return `${shares(BigInt(text))} shares on chain`;
    case 'chainOtherSharesMicros':
      return `${shares(BigInt(text))} of the other outcome`;
    default:
      return `${name} ${text}`;
  }
}

function describeFlag(name: string, value: unknown): string | undefined {
  switch (name) {
    case 'bookFlaw':
      return `book ignored (${String(value)})`;
    case 'approved':
      return value === true ? 'approved' : 'not approved';
    case 'chainApproved':
      return value === true ? 'approved on chain' : 'not approved on chain';
    case 'remedyDone':
      return 'the remedy failed';
    case 'isUnrecognised':
      return 'with a text that T-minus does not know';
    default:
      return undefined;
  }
}
