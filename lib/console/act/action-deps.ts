import type { Acting } from '#lib/domain/position/tightened-limits.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { SuiteClient } from '#lib/suite-client/connect-suite.ts';
import type { ActionAnswer } from './action-message.ts';

/** The suite as it was found last, and the venue's public data. */
export type ActionSuite = {
  readonly suite: Pick<SuiteClient, 'store' | 'queue' | 'open' | 'guard'>;
  readonly about: { readonly place: string; readonly isLive: boolean };
  readonly markets: Pick<MarketData, 'findMarket' | 'findInSeries' | 'findBook'>;
};

export type ActionDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Asked for each step: a stack that was started again has other doors. */
  current(): ActionSuite;
  /** Who acts, for the row and Discord. */
  acting(reason: string | null): Promise<Acting>;
  /** The functions work on another table than the one that is shown, so that only halts are sensible. */
  readonly isCopy: boolean;
};

export function refused(text: string, about: Partial<ActionAnswer> = {}): ActionAnswer {
  return { outcome: 'refused', text, details: [], positionId: null, mayRepeat: false, ...about };
}

export function done(text: string, about: Partial<ActionAnswer> = {}): ActionAnswer {
  return { outcome: 'done', text, details: [], positionId: null, mayRepeat: false, ...about };
}

/** The answer was lost: asking again with the same id settles it. */
export function unknown(text: string, about: Partial<ActionAnswer> = {}): ActionAnswer {
  const advice = 'Ask again: it is the same request, and acts once.';
  return { outcome: 'unknown', text, details: [advice], positionId: null, mayRepeat: true, ...about };
}
