import { wrapText } from '#lib/cli/render/wrap-text.ts';
import { type Paint, printable, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import type { SmokeReport } from '#lib/lifecycle/delivery/run-smoke.ts';
import type { SmokeStatus, SmokeStep } from '#lib/lifecycle/delivery/smoke-step.ts';
import { clockText } from '#lib/words/time-text.ts';
import type { Tone } from '#lib/words/tone.ts';

const LOOKS: Readonly<Record<SmokeStatus, readonly [Tone, string]>> = {
  ok: ['good', 'ok     '],
  failed: ['bad', 'failed '],
  skipped: ['quiet', 'skipped'],
};
const NAME_WIDTH = 20;
const INDENT = 9 + NAME_WIDTH;

/** `ok      exit   the first order left …`, and what to do on lines of its own. */
export function stepLines({ name, status, found, advice }: SmokeStep, paint: Paint): string {
  const [tone, word] = LOOKS[status];
  const texts = [printable(found), ...(advice === null ? [] : [`→ ${printable(advice)}`])];
  const [first = '', ...others] = texts.flatMap((text) => wrapText(text, TERMINAL_WIDTH - INDENT));
  const head = `${paint(tone, word)}  ${name.padEnd(NAME_WIDTH)}${first}`;
  return [head, ...others.map((line) => `${' '.repeat(INDENT)}${line}`)].join('\n');
}

type Summed = Pick<SmokeReport, 'isProven' | 'isInterrupted' | 'steps' | 'startedAtMs' | 'endedAtMs'> & {
  readonly place: string;
};

export function summariseSmoke(report: Summed, paint: Paint): string {
  return paint(report.isProven ? 'good' : 'bad', wrapText(smokeSentence(report), TERMINAL_WIDTH).join('\n'));
}

export function smokeSentence({ isProven, isInterrupted, steps, place, startedAtMs, endedAtMs }: Summed): string {
  const took = clockText(endedAtMs - startedAtMs);
  const failures = steps.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const left = steps.filter(({ status }) => status === 'skipped').map(({ name }) => name);
  const without = left.length === 0 ? '' : `; not seen: ${left.join(', ')}`;
  if (isProven) return `Proven in ${took}: ${place} works${without}.`;
  if (isInterrupted)
    return `Interrupted after ${took}: nothing is proven${failures.length === 0 ? '' : `; failed: ${failures.join(', ')}`}.`;
  return `Not proven: ${failures.join(', ')} failed in ${place}${without}.`;
}
