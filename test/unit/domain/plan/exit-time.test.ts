import { describe, expect, it } from 'vitest';
import { planExitTime, timeOf } from '#lib/domain/plan/exit-time.ts';
import { parseMaintenanceWindow } from '#lib/domain/plan/maintenance-window.ts';
import { aMarket } from '#test/factories/a-market.ts';

/** 09:20:00 to 09:25:00 UTC on 12 March 2026. */
const market = aMarket();
const { startsAtMs: START, endsAtMs: END } = market;
const exitPolicy = { exitLeadMs: 120_000, lastOrderLeadMs: 8_000 };
const openingPolicy = { timeToExitMsMin: 30_000, maintenance: [] };
const input = { nowMs: START, exitPolicy, openingPolicy };

describe('planExitTime', () => {
  it('leaves the exit lead before the end, or at the given time', () => {
    expect(planExitTime(input, market)).toBe(END - 120_000);
    expect(planExitTime({ ...input, exitAtMs: END - 121_000 }, market)).toBe(END - 121_000);
    expect(planExitTime({ ...input, exitAtMs: END - 120_000 }, market)).toBe(END - 120_000);
  });

  it('needs the time for a market that is no up/down window', () => {
    const other = aMarket({ asset: null, slug: 'fed-cut' });
    expect(planExitTime(input, other)).toEqual({
      code: 'exit-time-required',
      message:
        'The market fed-cut is not an up/down window, so T-minus does not know when to leave it. Pass the exit time as exitAt (--exit-at), for example 2026-03-12T10:20:00Z.',
    });
    expect(planExitTime({ ...input, exitAtMs: END - 121_000 }, other)).toBe(END - 121_000);
  });

  it('refuses a time that leaves less than the exit lead', () => {
    expect(planExitTime({ ...input, exitAtMs: END - 119_999 }, market)).toEqual({
      code: 'exit-time-invalid',
      message:
        'The exit would be at 09:23:00 UTC, but the market btc-updown-5m-1773307200 ends at 09:25:00 UTC, and an exit needs 120 s before that. Choose an exit time until 2026-03-12T09:23:00Z.',
    });
  });

  it('refuses an exit lead that leaves no time for an order', () => {
    const lead = (exitLeadMs: number) => ({ ...input, exitPolicy: { ...exitPolicy, exitLeadMs } });
    expect(planExitTime(lead(8_000), market)).toEqual({
      code: 'too-late-to-exit',
      message:
        'An exit 0:08 before the end is too late: the last order leaves 0:08 before the end. Choose a longer exit lead.',
    });
    expect(planExitTime(lead(8_001), market)).toBe(END - 8_001);
  });

  it('tells when the next window opens, once this one is too late', () => {
    expect(planExitTime({ ...input, nowMs: END - 150_000 }, market)).toBe(END - 120_000);
    expect(planExitTime({ ...input, nowMs: END - 149_999 }, market)).toEqual({
      code: 'too-late-to-exit',
      message:
        'Too late for this window: its exit is at 09:23:00 UTC, and an opening needs 30 s before it. The next one opens at 09:25:00, in 2:30.',
      retryAtMs: END,
    });
    expect(planExitTime({ ...input, nowMs: END - 120_000 }, market)).toMatchObject({
      message: 'Too late for this window: its exit was at 09:23:00 UTC. The next one opens at 09:25:00, in 2:00.',
    });
  });

  it('names no next window after a given time, or with an exit lead that is too long for any', () => {
    expect(planExitTime({ ...input, exitAtMs: START + 29_999 }, market)).toEqual({
      code: 'too-late-to-exit',
      message:
        'Too late for this exit time: the exit is at 09:20:29 UTC, and an opening needs 30 s before it. Choose a later one.',
    });
    const long = (exitLeadMs: number) => ({ ...input, nowMs: START + 1, exitPolicy: { ...exitPolicy, exitLeadMs } });
    expect(planExitTime(long(270_000), market)).toMatchObject({ retryAtMs: END });
    expect(planExitTime(long(270_001), market)).toEqual({
      code: 'too-late-to-exit',
      message:
        'Too late for this window: its exit is at 09:20:29 UTC, and an opening needs 30 s before it. Choose a shorter exit lead, or a longer window.',
    });
  });

  it('refuses an exit in announced maintenance', () => {
    const during = (startsAtMs: number, endsAtMs: number) =>
      planExitTime({ ...input, openingPolicy: { ...openingPolicy, maintenance: [{ startsAtMs, endsAtMs }] } }, market);
    expect(during(END - 1, END + 60_000)).toEqual({
      code: 'maintenance-window',
      message:
        "The exit would fall into the venue's announced maintenance, until 2026-03-12 09:26:00 UTC. Choose a window that ends outside it.",
    });
    expect(during(END, END + 60_000)).toBe(END - 120_000);
    expect(during(START, END - 119_999)).toMatchObject({ code: 'maintenance-window' });
    expect(during(START, END - 120_000)).toBe(END - 120_000);
  });
});

describe('timeOf', () => {
  it('names the date where it is not that of now', () => {
    expect(timeOf(START, END)).toBe('09:20:00 UTC');
    expect(timeOf(START + 86_400_000, START)).toBe('2026-03-13 09:20:00 UTC');
  });
});

describe('parseMaintenanceWindow', () => {
  const FROM = Date.UTC(2026, 10, 24, 12);
  const window = { startsAtMs: FROM, endsAtMs: FROM + 240_000 };

  it.each([
    '2026-11-24T12:00:00Z/2026-11-24T12:04:00Z',
    ' 2026-11-24T12:00Z / 2026-11-24T12:04Z ',
    '2026-11-24T12:00:00.000Z/2026-11-24T13:04:00.0+01:00',
    '2026-11-24T07:00:00-05:00/2026-11-24T12:04:00Z',
  ])('reads %j', (text) => {
    expect(parseMaintenanceWindow(text)).toEqual(window);
  });

  it.each([
    '',
    '2026-11-24T12:00:00Z',
    '2026-11-24T12:00:00Z/2026-11-24T12:00:00Z',
    '2026-11-24T12:04:00Z/2026-11-24T12:00:00Z',
    '2026-11-24T12:00:00Z/2026-11-24T12:04:00Z/2026-11-24T12:05:00Z',
    '2026-11-24T12:00:00/2026-11-24T12:04:00Z',
    '2026-11-24T12:00:00Z/soon',
    '2026-11-24/2026-11-25',
    'x2026-11-24T12:00:00Z/2026-11-24T12:04:00Z',
    '2026-11-24T12:00:00Z/2026-11-24T12:04:00Z.',
  ])('does not read %j', (text) => {
    expect(parseMaintenanceWindow(text)).toBeUndefined();
  });
});
