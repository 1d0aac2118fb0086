import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { ReplayedStep } from '#lib/lifecycle/read/replay-timeline.ts';
import { describeEvidence } from '#lib/words/describe-evidence.ts';
import { describeStep, followsOf } from '#lib/words/describe-step.ts';
import { tMinus, utcClockMs } from '#lib/words/time-text.ts';
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
    ...(reads === '' ? [] : wrapText(printable(reads), width).map((part) => paint('quiet', part))),
  ];
}

/** ` [holding → exiting]`, or nothing. */
function stateChangeOf({ before, after }: ReplayedStep): string {
  if (after === null || before?.state === after.state) return '';
  return before === null ? ` [→ ${after.state}]` : ` [${before.state} → ${after.state}]`;
}
