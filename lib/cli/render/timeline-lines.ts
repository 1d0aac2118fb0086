import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { ReplayedStep } from '#lib/lifecycle/read/replay-timeline.ts';
import { describeStep, followsOf } from '#lib/words/describe-step.ts';
import { cents, shares } from '#lib/words/money-text.ts';
import { tMinus, utcClockMs } from '#lib/words/time-text.ts';
import { describeLooks, isLookFact } from './look-facts.ts';
import { wrapText } from './wrap-text.ts';

/** `tminus show`: every read, decision and answer, with the time of day in UTC and the time to the market's end. */
export function renderTimeline(steps: readonly ReplayedStep[], marketEndsAtMs: number, paint: Paint): string {
  const whenOf = ({ entry }: ReplayedStep) =>
    `${utcClockMs(entry.event.atMs)}  ${tMinus(marketEndsAtMs, entry.event.atMs)}`;
  const indent = Math.max(INDENT_WIDTH_MIN, ...steps.map((step) => whenOf(step).length + 2));
  const head = paint('quiet', `${'Time (UTC)'.padEnd(indent)}Event`);
  const lines = steps.map((step) => {
    const [first = '', ...rest] = linesOf(step, marketEndsAtMs, paint, TERMINAL_WIDTH - indent);
    return [`${whenOf(step).padEnd(indent)}${first}`, ...rest.map((part) => `${' '.repeat(indent)}${part}`)];
  });
  return [head, ...lines.flat()].join('\n');
}

/** Room for a time to the end below an hour. */
const INDENT_WIDTH_MIN = 23;

function linesOf(step: ReplayedStep, marketEndsAtMs: number, paint: Paint, width: number): readonly string[] {
  const { event, evidence } = step.entry;
  const description = describeStep(step);
  const follows = followsOf(description);
  // The first line's evidence is the position itself, which stands above the timeline.
  const reads = event.type === 'opened' ? '' : describeEvidence(evidence, marketEndsAtMs);
  return [
    ...wrapText(printable(`${description.text}${stateChangeOf(step)}`), width).map((part) =>
      paint(description.tone, part),
    ),
    ...(follows === undefined ? [] : wrapText(printable(`→ ${follows}`), width)),
    ...(reads === '' ? [] : wrapText(reads, width).map((part) => paint('quiet', part))),
  ];
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
  const others = Object.entries(evidence)
    .filter(([name]) => !isLookFact(name))
    .sort(([one], [other]) => rankOf(one) - rankOf(other))
    .filter(([name, value]) => value !== null && value !== undefined && !(name === 'remedyDone' && value === true))
    .map(([name, value]) => describeFact(name, value, marketEndsAtMs));
  return [...describeLooks(evidence), ...others].join(' · ');
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
