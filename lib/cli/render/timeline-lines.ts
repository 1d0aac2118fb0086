import type { ReplayedStep } from '#lib/cli/replay-timeline.ts';
import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { describeStep, followsOf } from '#lib/words/describe-step.ts';
import { cents, shares } from '#lib/words/money-text.ts';
import { tMinus, utcClockMs } from '#lib/words/time-text.ts';
import { wrapText } from './wrap-text.ts';

/** `tminus show`: every read, decision and answer, with the time of day in UTC and the time to the market's end. */
export function renderTimeline(steps: readonly ReplayedStep[], marketEndsAtMs: number, paint: Paint): string {
  const head = paint('quiet', `${'Time (UTC)'.padEnd(INDENT_WIDTH)}Event`);
  return [head, ...steps.map((step) => renderStep(step, marketEndsAtMs, paint))].join('\n');
}

const INDENT_WIDTH = 23;
const TEXT_WIDTH = TERMINAL_WIDTH - INDENT_WIDTH;
const INDENT = ' '.repeat(INDENT_WIDTH);

function renderStep(step: ReplayedStep, marketEndsAtMs: number, paint: Paint): string {
  const { event, evidence } = step.entry;
  const description = describeStep(step);
  const follows = followsOf(description);
  const when = `${utcClockMs(event.atMs)}  ${tMinus(marketEndsAtMs, event.atMs)}`.padEnd(INDENT_WIDTH);
  // The first line's evidence is the position itself, which stands above the timeline.
  const reads = event.type === 'opened' ? '' : describeEvidence(evidence, marketEndsAtMs);
  const [first = '', ...rest] = [
    ...wrapText(printable(`${description.text}${stateChangeOf(step)}`), TEXT_WIDTH).map((part) =>
      paint(description.tone, part),
    ),
    ...(follows === undefined ? [] : wrapText(printable(`→ ${follows}`), TEXT_WIDTH)),
    ...(reads === '' ? [] : wrapText(reads, TEXT_WIDTH).map((part) => paint('quiet', part))),
  ];
  return [`${when}${first}`, ...rest.map((part) => `${INDENT}${part}`)].join('\n');
}

/** ` [holding → exiting]`, or nothing. */
function stateChangeOf({ before, after }: ReplayedStep): string {
  if (after === null || before?.state === after.state) return '';
  return before === null ? ` [→ ${after.state}]` : ` [${before.state} → ${after.state}]`;
}

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
  return Object.entries(evidence)
    .sort(([one], [other]) => rankOf(one) - rankOf(other))
    .filter(([name, value]) => value !== null && value !== undefined && !(name === 'remedyDone' && value === true))
    .map(([name, value]) => describeFact(name, value, marketEndsAtMs))
    .join(' · ');
}

function describeFact(name: string, value: unknown, marketEndsAtMs: number): string {
  const text = printable(String(value));
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
      return `book ignored (${printable(String(value))})`;
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
