import { describe, expect, it } from 'vitest';
import { OpenRequestSchema, toOwnTerms } from '#lib/contracts/open-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';

const BODY = { requestId: 'r-1', asset: 'BTC', side: 'UP', usd: 25, mode: 'paper' };
const termsOf = (own: object) => toOwnTerms(parseInput(OpenRequestSchema, { ...BODY, ...own }, 'open request'));

describe('the terms of an open request', () => {
  it('are the stage’s where it names none', () => {
    expect(termsOf({})).toEqual({});
  });

  it('are exit lead, floor, slack and maintenance', () => {
    const maintenance = ['2026-12-01T12:00:00Z/2026-12-01T12:04:00Z'];
    expect(termsOf({ exitLeadSeconds: 180, floor: 0.05, slackTicks: 3, maintenance })).toEqual({
      exitLeadMs: 180_000,
      minPriceMicros: 50_000n,
      slackTicks: 3,
      maintenance: [{ startsAtMs: Date.UTC(2026, 11, 1, 12), endsAtMs: Date.UTC(2026, 11, 1, 12, 4) }],
    });
    expect(termsOf({ exitLeadSeconds: 15, floor: '0.9', slackTicks: 0 })).toEqual({
      exitLeadMs: 15_000,
      minPriceMicros: 900_000n,
      slackTicks: 0,
    });
  });

  it.each<[object, RegExp]>([
    [{ exitLeadSeconds: 14 }, /exitLeadSeconds: .*>=15/],
    [{ exitLeadSeconds: 43_201 }, /exitLeadSeconds: .*<=43200/],
    [{ exitLeadSeconds: 120.5 }, /exitLeadSeconds: .*int/],
    [{ exitLeadSeconds: '180' }, /exitLeadSeconds: .*number/],
    [{ floor: 0 }, /floor: must be more than 0 and at most 0.9 dollars a share/],
    [{ floor: 0.91 }, /floor: must be more than 0 and at most 0.9 dollars a share/],
    [{ floor: '5c' }, /floor: must be a price in dollars such as 0.05/],
    [{ slackTicks: 21 }, /slackTicks: .*<=20/],
    [{ slackTicks: -1 }, /slackTicks: .*>=0/],
    [{ maintenance: ['tomorrow'] }, /maintenance.0: must be an interval such as/],
    // Without an offset the time would depend on the machine.
    [{ maintenance: ['2026-12-01T12:00:00/2026-12-01T12:04:00'] }, /maintenance.0: must be an interval/],
    [{ exitLeadMs: 180_000 }, /unknown field "exitLeadMs"/],
  ])('%o is refused by name', (own, message) => {
    expect(() => termsOf(own)).toThrow(message);
  });
});
