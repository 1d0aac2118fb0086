import { type Paint, printable } from '#lib/cli/terminal.ts';
import type { HandledLetter, LettersSeen, SeenLetter } from '#lib/lifecycle/dead-letters/handle-letters.ts';
import { clockText, isoTime, utcTime } from '#lib/words/time-text.ts';
import { renderFacts } from './facts.ts';
import { narrate, shorten } from './wrap-text.ts';

/** Of a message that cannot be read. */
const BODY_LENGTH_MAX = 200;

/** One dead letter in words. Texts from outside are made printable. */
export function letterLines({ letter, judgement }: SeenLetter, nowMs: number, paint: Paint): string {
  const { id, queue, atMs, why, content, body } = letter;
  const { what, positionIds, replay, plan } = judgement;
  const age = `${utcTime(atMs, nowMs)}, ${clockText(Math.max(nowMs - atMs, 0))} ago`;
  return [
    `${paint('strong', id)}  ${queue}`,
    renderFacts([
      ['What', printable(what)],
      ...(positionIds.length === 0 ? [] : ([['Position', positionIds.map(printable).join(', ')]] as const)),
      ...(content.kind === 'unreadable' ? ([['Body', shorten(printable(body), BODY_LENGTH_MAX)]] as const) : []),
      ['When', age],
      ['Why', printable(why)],
      ['Replay', paint(plan === null ? 'quiet' : 'plain', printable(replay))],
    ]),
  ].join('\n');
}

export function unseenLines(unseen: LettersSeen['unseen']): readonly string[] {
  return unseen.map(
    ({ queue, count }) => `${queue}: about ${count} more, not read or held by another command just now.`,
  );
}

const OUTCOMES = {
  replayed: 'replayed',
  dropped: 'dropped; the table keeps a note of it',
  'not-replayed': 'not replayed, and stays',
  failed: 'FAILED, and stays',
} as const satisfies Record<HandledLetter['outcome'], string>;

export function handledLines({ letter, judgement, outcome, note }: HandledLetter, paint: Paint): string {
  const tone = outcome === 'failed' ? 'bad' : outcome === 'not-replayed' ? 'warn' : 'good';
  const more = outcome === 'not-replayed' ? judgement.replay : (note ?? judgement.what);
  return `${paint(tone, narrate(`${letter.id}: ${OUTCOMES[outcome]}`))}\n${narrate(printable(more))}`;
}

/** For programs. `body` is the message as it is. */
export function toLetterAnswer({ letter, judgement }: SeenLetter) {
  const { id, queue, body, content, why, atMs, replayCount } = letter;
  const { what, positionIds, replay, plan, isByIdOnly } = judgement;
  return {
    ...{ id, queue, kind: content.kind, what, positionIds, why, at: isoTime(atMs), replayCount },
    replay: { isPossible: plan !== null, isByIdOnly, to: plan?.to ?? null, text: replay },
    body,
  };
}
