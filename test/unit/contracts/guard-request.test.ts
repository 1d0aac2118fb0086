import { describe, expect, it } from 'vitest';
import { toGuardAnswer } from '#lib/contracts/guard-answer.ts';
import { GuardRequestSchema, toGuardCommand } from '#lib/contracts/guard-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aPosition } from '#test/factories/a-position.ts';

const BASE = { requestId: 'r-1', marketSlug: 'will-it-rain', side: ' Yes ', mode: 'live' };
const parse = (fields: object) => parseInput(GuardRequestSchema, { ...BASE, ...fields }, 'guard request');

describe('guard request', () => {
  it('names market and outcome, and how much of it', () => {
    expect(toGuardCommand(parse({}))).toEqual({
      ...{ requestId: 'r-1', origin: 'guard', mode: 'live', marketSlug: 'will-it-rain', outcome: 'Yes' },
      ...{ expectShares: false, terms: {} },
    });
    const more = { shares: '40.5', expectShares: true, exitAt: 1_796_137_200_000, exitLeadSeconds: 60, floor: 0.05 };
    expect(toGuardCommand(parse(more))).toMatchObject({
      ...{ sharesMicrosMax: 40_500_000n, expectShares: true, exitAtMs: 1_796_137_200_000 },
      terms: { exitLeadMs: 60_000, minPriceMicros: 50_000n },
    });
  });

  it('on paper says what the paper wallet holds, and may say what that cost', () => {
    expect(toGuardCommand(parse({ mode: 'paper', shares: 40, cost: 21 }))).toMatchObject({
      ...{ mode: 'paper', sharesMicrosMax: 40_000_000n, costMicros: 21_000_000n },
    });
  });

  it.each<[object, RegExp]>([
    [{ mode: 'paper' }, /shares: must say how many shares the paper wallet is to hold/],
    [{ cost: 21 }, /cost: must be left out with live/],
    [{ mode: 'paper', shares: 40, cost: 41 }, /cost: must be what all these shares cost together/],
    [{ shares: 0 }, /shares: must be a number of shares .* more than 0/],
    [{ shares: 'all' }, /shares: must be a number of shares/],
    [{ shares: 1e9 }, /at most 1000000/],
    [{ marketSlug: 'btc-updown-5m-1796029200' }, /side: must be UP or DOWN/],
    [{ marketSlug: undefined }, /marketSlug/],
    [{ exitAt: 'soon' }, /exitAt: must be a time with its zone/],
    [{ maintenance: [] }, /unknown field "maintenance"/],
    [{ usd: 25 }, /unknown field "usd"/],
    [{ requestId: 'a b' }, /requestId/],
  ])('is refused as %o', (fields, message) => {
    expect(() => parse(fields)).toThrow(message);
  });
});

describe('guard answer', () => {
  const position = aPosition({ state: 'holding', origin: 'guard' });
  const guarded = { outcome: 'guarded', position, halt: HALT, otherSharesMicros: 1n, areWakeUpsSet: false } as const;

  it('says what is guarded, what is not, and what is missing', () => {
    expect(toGuardAnswer(guarded, 'r')).toMatchObject({
      statusCode: 201,
      answer: { outcome: 'guarded', halted: true, otherSharesMicros: '1', wakeUpsSet: false },
    });
    expect(toGuardAnswer({ ...guarded, outcome: 'already-requested' }, 'r').statusCode).toBe(200);
  });

  it('tells a conflict with what is there from a refusal', () => {
    const refusal = { code: 'market-occupied', message: 'Taken.' } as const;
    expect(toGuardAnswer({ outcome: 'refused', refusal, position }, 'r')).toMatchObject({
      statusCode: 409,
      answer: {
        error: { code: 'market-occupied', retryable: false, requestId: 'r' },
        position: { positionId: position.positionId },
      },
    });
    const nothing = { code: 'nothing-to-guard', message: 'None.' } as const;
    expect(toGuardAnswer({ outcome: 'refused', refusal: nothing }, 'r')).toEqual({
      statusCode: 422,
      answer: { error: { ...nothing, retryable: false, requestId: 'r' } },
    });
  });
});
