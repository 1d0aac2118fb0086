import { describe, expect, it } from 'vitest';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { OpeningRefusal } from '#lib/domain/refusal/opening-refusal.ts';
import { CorruptRowError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { findOpeningLimits, withLimitsNote } from '#lib/lifecycle/buy/opening-limits.ts';

const failing = (error: Error) => ({ findTightened: async () => Promise.reject(error) });

describe('the limits of an opening', () => {
  it("are the stage's where no row lowers them", async () => {
    const store = { findTightened: async () => undefined };
    const found = await findOpeningLimits(store, DEFAULT_RISK_LIMITS, { mode: 'live' });
    expect(found).toEqual({ limits: DEFAULT_RISK_LIMITS, isTightened: false });
  });

  it('open nothing where the row cannot be read', async () => {
    const found = await findOpeningLimits(failing(new CorruptRowError('no row')), DEFAULT_RISK_LIMITS, {
      mode: 'live',
    });
    expect(found).toMatchObject({ code: 'limits-unreadable' });
  });

  it('fail where the table does not answer', async () => {
    const found = findOpeningLimits(failing(new StoreUnavailableError('No answer')), DEFAULT_RISK_LIMITS, {
      mode: 'live',
    });
    await expect(found).rejects.toThrow(StoreUnavailableError);
  });

  it('of a canary need no row', async () => {
    const store = failing(new StoreUnavailableError('No right'));
    const canary = { mode: 'paper', origin: 'canary' } as const;
    expect(await findOpeningLimits(store, DEFAULT_RISK_LIMITS, canary)).toEqual({
      ...{ limits: DEFAULT_RISK_LIMITS, isTightened: false },
    });
  });
});

describe('a refusal for a limit', () => {
  const NOTE = 'Limits are tightened by a row: `tminus limits` shows which, since when and why.';

  it.each<OpeningRefusal['code']>(['budget-above-limit', 'open-count-limit', 'exposure-limit', 'day-loss-limit'])(
    'says that a row lowered it: %s',
    (code) => {
      expect(withLimitsNote({ code, message: 'No.' }, true)).toEqual({ code, message: `No. ${NOTE}` });
      expect(withLimitsNote({ code, message: 'No.' }, false)).toEqual({ code, message: 'No.' });
    },
  );

  it('is the only one that does', () => {
    const occupied = { code: 'market-occupied', message: 'No.' } as const;
    expect(withLimitsNote(occupied, true)).toBe(occupied);
  });
});
