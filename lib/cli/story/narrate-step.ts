import { wrapText } from '#lib/cli/render/wrap-text.ts';
import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { clockExitAtMs } from '#lib/domain/position/position.ts';
import type { ReplayedStep } from '#lib/lifecycle/read/replay-timeline.ts';
import { describeStep, followsOf } from '#lib/words/describe-step.ts';
import { countdown, tMinus, utcClockMs } from '#lib/words/time-text.ts';
import type { Tone } from '#lib/words/tone.ts';
import type { TrackedPosition } from './tracked-position.ts';

const WHEN_WIDTH = 18;
const LABEL_WIDTH = 11;
const INDENT = ' '.repeat(WHEN_WIDTH + LABEL_WIDTH);
const TEXT_WIDTH = TERMINAL_WIDTH - INDENT.length;

/** One step as a line of the story; null for details, which `tminus show` has. */
export function narrateStep(tracked: TrackedPosition, step: ReplayedStep, paint: Paint): string | null {
  const { event } = step.entry;
  const { marketEndsAtMs } = tracked.position;
  if (event.type === 'sell-intended') {
    if (step.before?.state === 'exiting') return null;
    const isByHand = event.postAtMs < clockExitAtMs(tracked.position);
    const left = countdown(marketEndsAtMs - event.postAtMs);
    const text = `${left} left: the exit ${isByHand ? 'was requested' : 'is due'}. The first sell is posted.`;
    return line({ atMs: event.postAtMs, marketEndsAtMs, label: tracked.label, tone: 'strong', text }, paint);
  }
  const described = describeStep(step);
  if (described.tone === 'quiet') return null;
  const { atMs } = event;
  const place = { atMs, marketEndsAtMs, label: tracked.label, tone: described.tone };
  if (isSameRefusal(tracked, step)) {
    return line({ ...place, text: `Refused; ${described.next ?? 'no further try'}` }, paint);
  }
  const follows = followsOf(described);
  const head = line({ ...place, text: described.text }, paint);
  if (follows === undefined) return head;
  return [head, ...wrapText(printable(`→ ${follows}`), TEXT_WIDTH).map((part) => `${INDENT}${part}`)].join('\n');
}

type Line = {
  readonly atMs: number;
  readonly marketEndsAtMs: number;
  readonly label: string;
  readonly tone: Tone;
  readonly text: string;
};

function line({ atMs, marketEndsAtMs, label, tone, text }: Line, paint: Paint): string {
  const when = `${utcClockMs(atMs).slice(0, 8)}  ${tMinus(marketEndsAtMs, atMs)}`.padEnd(WHEN_WIDTH);
  const [first = '', ...rest] = wrapText(printable(text), TEXT_WIDTH);
  const head = `${paint('quiet', when)}${paint('strong', `${label.padEnd(LABEL_WIDTH - 1)} `)}${paint(tone, first)}`;
  return [head, ...rest.map((part) => `${INDENT}${paint(tone, part)}`)].join('\n');
}

/** The venue repeats its long text word for word; the story shows it once. */
function isSameRefusal(tracked: TrackedPosition, step: ReplayedStep): boolean {
  const { event } = step.entry;
  if (event.type !== 'order-refused') return false;
  const earlier = tracked.steps.slice(0, tracked.steps.indexOf(step)).map((each) => each.entry.event);
  return earlier.some(
    (each) => each.type === 'order-refused' && each.text === event.text && each.atMs >= tracked.fromMs,
  );
}
