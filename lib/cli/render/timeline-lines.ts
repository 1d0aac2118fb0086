import type { ReplayedStep } from '#lib/cli/replay-timeline.ts';
import { type Paint, printable } from '#lib/cli/terminal.ts';
import { describeStep } from './describe-step.ts';
import { cents, shares } from './money-text.ts';
import { tMinus, wallTimeMs } from './time-text.ts';

/** `tminus show`: every read, decision and answer, with the time of this machine and the time to the market's end. */
export function renderTimeline(steps: readonly ReplayedStep[], marketEndsAtMs: number, paint: Paint): string {
  return steps.map((step) => renderStep(step, marketEndsAtMs, paint)).join('\n');
}

function renderStep(step: ReplayedStep, marketEndsAtMs: number, paint: Paint): string {
  const { event, evidence } = step.entry;
  const { tone, text, follows } = describeStep(step);
  const from = step.before?.state;
  const to = step.after?.state;
  const change = to !== undefined && from !== to ? ` [${from === undefined ? '' : `${from} `}→ ${to}]` : '';
  const when = `${wallTimeMs(event.atMs)}  ${tMinus(marketEndsAtMs, event.atMs).padEnd(7)}`;
  const indent = ' '.repeat(23);
  const reads = describeEvidence(evidence, marketEndsAtMs);
  return [
    `${when}  ${paint(tone, text)}${paint('strong', change)}`,
    ...(follows === undefined ? [] : [`${indent}→ ${follows}`]),
    ...(reads === '' ? [] : [paint('quiet', `${indent}${reads}`)]),
  ].join('\n');
}

/** What was read on the way to a decision. Facts that a newer version adds are shown by their name. */
export function describeEvidence(evidence: Readonly<Record<string, unknown>>, marketEndsAtMs: number): string {
  return Object.entries(evidence)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => describeFact(name, value, marketEndsAtMs))
    .join(' · ');
}

function describeFact(name: string, value: unknown, marketEndsAtMs: number): string {
  const text = printable(String(value));
  const isCount = /^-?\d{1,30}$/.test(text);
  if (!isCount) return name === 'approved' || name === 'remedied' ? yesNo(name, value) : `${name} ${text}`;
  switch (name) {
    case 'tookMs':
      return `took ${text} ms`;
    case 'postedAtMs':
      return `posted at ${wallTimeMs(Number(text))} (${tMinus(marketEndsAtMs, Number(text))})`;
    case 'bookAtMs':
      return `book of ${wallTimeMs(Number(text))}`;
    case 'bestBidMicros':
      return `best bid ${cents(BigInt(text))}`;
    case 'bidCount':
      return `${text} bids`;
    case 'balanceMicros':
      return `balance ${shares(BigInt(text))} shares`;
    case 'restingOrderCount':
      return `${text} resting orders`;
    default:
      return `${name} ${text}`;
  }
}

function yesNo(name: string, value: unknown): string {
  return value === true ? name : `not ${name}`;
}
