import { describe, expect, it } from 'vitest';
import { DEFAULT_OPENING_POLICY } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import {
  hasTerms,
  type OpenPositionCommand,
  type OpenPositionDeps,
  openPosition,
} from '#lib/lifecycle/buy/open-position.ts';
import type { OpeningOutcome } from '#lib/ports/store/position-store.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aMarket, DOWN_TOKEN_ID, UP_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createAskedVenue } from '#test/fakes/asked-venue.ts';

const market = aMarket();
const NOW_MS = market.startsAtMs + 30_000;
const DOWN = new UpstreamUnavailableError('Not reached');
const COMMAND: OpenPositionCommand = {
  ...{ requestId: 'request-1', mode: 'paper', asset: 'BTC', outcome: 'Up', marketSlug: market.slug },
  budgetMicros: 25_000_000n,
};
const otherBook = aBook({
  ...{ tokenId: DOWN_TOKEN_ID, atMs: NOW_MS },
  ...{ bids: someLevels([['0.39', '900']]), asks: someLevels([['0.40', '900']]) },
});

async function open(
  command: Partial<OpenPositionCommand> = {},
  own: Partial<Omit<OpenPositionDeps, 'store'>> & { readonly store?: Partial<OpenPositionDeps['store']> } = {},
) {
  const venue = createAskedVenue(NOW_MS, aPosition({ state: 'buying', version: 1 }));
  const created: Position[] = [];
  const timers: string[] = [];
  const books: unknown[] = [];
  const { account, store, ...rest } = venue.deps;
  const deps: OpenPositionDeps = {
    ...rest,
    accounts: { paper: account },
    ids: { nextId: () => 'position-1' },
    marketData: {
      findMarket: async () => market,
      findInSeries: async () => undefined,
      findBook: async (tokenId, untilMs) => {
        books.push([tokenId, untilMs - NOW_MS]);
        return tokenId === UP_TOKEN_ID ? aBook({ atMs: NOW_MS }) : otherBook;
      },
    },
    timer: {
      schedule: async ({ positionId }) => {
        timers.push(positionId);
      },
    },
    settings: {
      ...{ exitPolicy: DEFAULT_EXIT_POLICY, openingPolicy: DEFAULT_OPENING_POLICY, limits: DEFAULT_RISK_LIMITS },
    },
    ...own,
    store: {
      ...store,
      findIdByRequest: async () => undefined,
      findTightened: async () => undefined,
      create: async (position) => {
        created.push(position);
        return { outcome: 'created' };
      },
      ...own.store,
    },
  };
  const outcome = await venue.clock.run(openPosition(deps, { ...COMMAND, ...command }));
  return { ...venue, outcome, created, timers, books };
}

describe('an opening', () => {
  it('creates the row, sets timer and message, and posts the buy', async () => {
    const { outcome, created, timers, letters, books, changes } = await open();
    expect(created).toMatchObject([
      {
        ...{ positionId: 'position-1', requestId: 'request-1', origin: 'request', mode: 'paper', state: 'buying' },
        ...{ tokenId: UP_TOKEN_ID, otherTokenId: DOWN_TOKEN_ID, budgetMicros: 25_000_000n, openedAtMs: NOW_MS },
        ...{ underlyingAtEntryMicros: 97_000_000_000n, lastBid: { priceMicros: 600_000n, atMs: NOW_MS } },
      },
    ]);
    expect(created[0]).not.toHaveProperty('givenExitAtMs');
    expect(timers).toEqual(['position-1']);
    expect(letters[0]).toEqual([
      { positionId: 'position-1', wakeUpId: 'exit', source: 'delay' },
      market.endsAtMs - 123_000,
    ]);
    expect(books).toEqual([
      [UP_TOKEN_ID, 3_000],
      [DOWN_TOKEN_ID, 1_000],
    ]);
    expect(changes.map(({ event }) => event.type)).toEqual(['buy-intended', 'order-unknown']);
    expect(outcome.outcome).toBe('opened');
  });

  it('buys nothing where no wake-up could be set', async () => {
    const { changes, calls } = await open({}, { timer: { schedule: () => Promise.reject(DOWN) } });
    expect(changes.map(({ event }) => event)).toEqual([
      { type: 'buy-abandoned', atMs: NOW_MS, reason: 'wake-up-not-set' },
    ]);
    expect(calls.map(({ call }) => call)).not.toContain('postOrder');
  });

  it('keeps the exit time that was given', async () => {
    const exitAtMs = market.endsAtMs - 180_000;
    expect((await open({ exitAtMs })).created).toMatchObject([{ givenExitAtMs: exitAtMs, exitDueAtMs: exitAtMs }]);
  });

  it('never falls back to another mode', async () => {
    const { outcome, created } = await open({ mode: 'live' });
    expect(outcome).toEqual({
      ...{ outcome: 'refused' },
      refusal: { code: 'mode-unavailable', message: 'This stack trades on paper only.' },
    });
    expect(created).toEqual([]);
  });

  it.each<[string, Partial<OpenPositionCommand>]>([
    ['outcome-unknown', { outcome: 'Maybe' }],
    ['preset-unknown', { terms: { rules: { preset: 'none-such' } } }],
    ['budget-above-limit', { budgetMicros: 100_000_001n }],
  ])('is refused before anything is written: %s', async (code, command) => {
    const { outcome, created } = await open(command);
    expect(outcome).toMatchObject({ outcome: 'refused', refusal: { code } });
    expect(created).toEqual([]);
  });

  it.each([
    ['v1', true],
    [null, true],
    ['v2', false],
  ] as const)('is refused where a check of its market version is red: %s', async (marketVersion, isRefused) => {
    const asked: unknown[] = [];
    const listBlockers = async (...question: readonly unknown[]) => {
      asked.push(question);
      return [{ check: 'The key', advice: 'Set it.', marketVersion }];
    };
    const { outcome } = await open({}, { readiness: { listBlockers } });
    expect(asked).toEqual([['paper', NOW_MS + 3_000]]);
    expect(outcome.outcome).toBe(isRefused ? 'refused' : 'opened');
    if (!isRefused) return;
    const message = 'The check "The key" failed, so an exit might fail as well. Set it.';
    expect(outcome).toEqual({ outcome: 'refused', refusal: { code: 'not-ready', message } });
  });

  it.each<[Extract<OpeningOutcome, { outcome: 'refused' }>, RegExp]>([
    [{ outcome: 'refused', code: 'market-occupied' }, /^A position is already open in this market/],
    [{ outcome: 'refused', code: 'open-count-limit' }, /^The limit of open positions is reached/],
    [{ outcome: 'refused', code: 'exposure-limit' }, /^The open positions would cost more than/],
    [{ outcome: 'refused', code: 'day-loss-limit' }, /^Today's losses have reached the limit/],
    [{ outcome: 'refused', code: 'halted', halt: HALT }, /^Openings are halted since .* by alice: .*`tminus resume`/],
  ])('that the table refuses says why: %o', async (answer, message) => {
    const { outcome, timers, changes } = await open({}, { store: { create: async () => answer } });
    expect(outcome).toMatchObject({
      outcome: 'refused',
      refusal: { code: answer.code, message: expect.stringMatching(message) },
    });
    expect([timers, changes]).toEqual([[], []]);
  });
});

describe('a repeated request', () => {
  const earlier = aPosition({ state: 'holding' });
  const repeat = (command: Partial<OpenPositionCommand> = {}, position: Position = earlier) =>
    open(command, { store: { findIdByRequest: async () => 'position-1', find: async () => position } });

  it.each<[string, Partial<OpenPositionCommand>]>([
    ['of the same terms', {}],
    ['in other letters', { outcome: ' UP ' }],
    ['without an asset', { asset: null }],
    ['of the running window', { marketSlug: 'other', window: { length: '5m', atMs: NOW_MS } }],
  ])('%s gets its position, and opens nothing', async (_, command) => {
    const { outcome, created, calls } = await repeat(command);
    expect(outcome).toEqual({ outcome: 'already-requested', position: earlier });
    expect([created, calls]).toEqual([[], []]);
  });

  it.each<[string, Partial<OpenPositionCommand>, Position]>([
    ['mode', { mode: 'live' }, earlier],
    ['market', { marketSlug: 'other' }, earlier],
    ['asset', { asset: 'ETH' }, earlier],
    ['outcome', { outcome: 'Down' }, earlier],
    ['exit time', { exitAtMs: 1 }, earlier],
    ['budget', { budgetMicros: 25_000_001n }, earlier],
    ['terms', { terms: { minPriceMicros: 450_000n } }, earlier],
    ['kind', {}, aPosition({ state: 'holding', origin: 'guard' })],
  ])('of another %s is refused', async (_, command, position) => {
    expect((await repeat(command, position)).outcome).toMatchObject({
      ...{ outcome: 'refused' },
      refusal: { code: 'request-id-reused', message: expect.stringContaining('use a new requestId') },
    });
  });

  it('that meets its twin in the table gets the position of that', async () => {
    const create = async () => ({ outcome: 'already-requested', positionId: 'position-1' }) as const;
    const { outcome, timers } = await open({}, { store: { create, find: async () => earlier } });
    expect(outcome).toEqual({ outcome: 'already-requested', position: earlier });
    expect(timers).toEqual([]);
  });
});

describe('the terms of a request', () => {
  it.each([
    [{}, true],
    [{ exitLeadMs: 120_000 }, true],
    [{ exitLeadMs: 120_001 }, false],
    [{ minPriceMicros: DEFAULT_EXIT_POLICY.minPriceMicros }, true],
    [{ minPriceMicros: DEFAULT_EXIT_POLICY.minPriceMicros + 1n }, false],
    [{ mayMerge: DEFAULT_EXIT_POLICY.mayMerge }, true],
    [{ mayMerge: !DEFAULT_EXIT_POLICY.mayMerge }, false],
  ])('are compared with those of the position: %o', (terms, isSame) => {
    expect(hasTerms(DEFAULT_EXIT_POLICY, terms)).toBe(isSame);
  });
});
