import { describe, expect, it } from 'vitest';
import { openInNextWindow } from '#lib/cli/open-in-next-window.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import { windowAt } from '#lib/domain/market/up-down-markets.ts';
import type { OpenReply } from '#lib/suite-client/invoke-open.ts';
import { aPosition } from '#test/factories/a-position.ts';

const START_MS = Date.parse('2026-11-30T09:00:00Z');
const refusal = (code: string): OpenReply => ({ outcome: 'refused', code, message: `It is ${code}.` });
const OPENED: OpenReply = { outcome: 'opened', position: toPositionAnswer(aPosition({ state: 'holding' })) };
const LOST: OpenReply = { outcome: 'failed', code: 'not-known', message: 'No answer came.', mayHaveOpened: true };

function waitWith(replies: readonly OpenReply[], interruptAtMs = Number.POSITIVE_INFINITY) {
  let nowMs = START_MS - 90_500;
  const askedAtMs: number[] = [];
  const said: string[] = [];
  const countdowns: string[] = [];
  const result = openInNextWindow({
    asset: 'SOL',
    length: '1h',
    span: windowAt('1h', START_MS),
    ask: async () => {
      askedAtMs.push(nowMs);
      return replies[Math.min(askedAtMs.length, replies.length) - 1] ?? OPENED;
    },
    nowMs: () => nowMs,
    sleepUntil: async (atMs) => {
      nowMs = Math.max(atMs, nowMs);
    },
    isInterrupted: () => nowMs >= interruptAtMs,
    say: (text) => void said.push(text),
    showCountdown: (text) => void countdowns.push(text),
  });
  return { result, askedAtMs, said, countdowns };
}

describe('openInNextWindow', () => {
  it('asks when the window begins, after a countdown', async () => {
    const { result, askedAtMs, said, countdowns } = waitWith([OPENED]);
    expect(await result).toBe(OPENED);
    expect(askedAtMs).toEqual([START_MS]);
    expect(said).toEqual(['Waiting for the next 1h window of SOL: it begins at 09:00:00 UTC, in 1:31.']);
    expect([countdowns[0], countdowns.at(-1), countdowns.length]).toEqual(['1:31', '0:01', 91]);
  });

  it('asks again while the market is not listed, takes no orders or has no book, and says why once', async () => {
    const replies = [
      refusal('market-unknown'),
      refusal('market-closed'),
      refusal('book-too-thin'),
      refusal('book-too-thin'),
      OPENED,
    ];
    const { result, askedAtMs, said } = waitWith(replies);
    expect(await result).toBe(OPENED);
    expect(askedAtMs).toEqual([0, 2_000, 4_000, 6_000, 8_000].map((ms) => START_MS + ms));
    expect(said.slice(1)).toEqual(
      ['market-unknown', 'market-closed', 'book-too-thin'].map((code) => `It is ${code}. Asking again every 2 s.`),
    );
  });

  it('repeats a request whose answer was lost, as the same id never opens twice', async () => {
    const { result, askedAtMs } = waitWith([LOST, { ...OPENED, outcome: 'already-requested' }]);
    expect(await result).toMatchObject({ outcome: 'already-requested' });
    expect(askedAtMs).toHaveLength(2);
  });

  it('ends with any other refusal', async () => {
    const { result, askedAtMs } = waitWith([refusal('budget-above-limit')]);
    expect(await result).toMatchObject({ code: 'budget-above-limit' });
    expect(askedAtMs).toHaveLength(1);
  });

  it('ends with the last refusal when the window does not open', async () => {
    const { result, askedAtMs } = waitWith([refusal('market-closed')]);
    expect(await result).toMatchObject({ code: 'market-closed' });
    expect(askedAtMs.at(-1)).toBeLessThan(START_MS + 3_600_000);
  });

  it('asks nothing when it is interrupted before', async () => {
    const { result, askedAtMs } = waitWith([OPENED], START_MS - 30_000);
    expect(await result).toBeNull();
    expect(askedAtMs).toEqual([]);
  });
});
