import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type {
  ExitProgress,
  ExitRecord,
  Position,
  PositionRecord,
  PositionState,
  PositionTerms,
} from '#lib/domain/position/position.ts';
import { NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';
import { aMarket } from './a-market.ts';
import { aBuyTrade, aSellTrade } from './a-trade.ts';

export type PositionIn<State extends PositionState> = Extract<Position, { readonly state: State }>;

export const WALLET = '0x1111111111111111111111111111111111111111';

/** 36 BTC UP shares for at most 25 dollars, thirty seconds into the window that starts at 1773307200. */
export function somePositionTerms(overrides: Partial<PositionTerms> = {}): PositionTerms {
  const market = aMarket();
  return {
    positionId: 'position-1',
    requestId: 'request-1',
    origin: 'request',
    mode: 'paper',
    wallet: WALLET,
    asset: market.asset,
    outcome: 'UP',
    marketSlug: market.slug,
    conditionId: market.conditionId,
    tokenId: market.tokenIds.UP,
    otherTokenId: market.tokenIds.DOWN,
    negRisk: market.negRisk,
    marketVersion: 'v1',
    tickMicros: market.tickMicros,
    minOrderSharesMicros: market.minOrderSharesMicros,
    feeRateMicros: market.feeRateMicros,
    budgetMicros: 25_000_000n,
    openedAtMs: market.startsAtMs + 30_000,
    marketEndsAtMs: market.endsAtMs,
    policy: DEFAULT_EXIT_POLICY,
    underlyingAtEntryMicros: 97_412_550_000n,
    ...overrides,
  };
}

/** Default times follow the terms: they move with the market's end. */
export function aPosition<State extends PositionState>(
  overrides: { readonly state: State } & Partial<PositionIn<State>>,
): PositionIn<State> {
  const terms = somePositionTerms(overrides as Partial<PositionTerms>);
  const defaults = DEFAULTS_BY_STATE[overrides.state](recordDefaults(terms));
  return { ...defaults, ...overrides } as PositionIn<State>;
}

function recordDefaults(terms: PositionTerms): PositionRecord {
  return {
    ...terms,
    version: 1,
    exitDueAtMs: terms.marketEndsAtMs - terms.policy.exitLeadMs,
    attemptCount: 0,
    attempts: [],
    trades: [],
    firstExitAttemptAtMs: null,
    refusals: {},
    lastBid: null,
  };
}

/** After a buy with one confirmed trade. */
function boughtRecord(record: PositionRecord): PositionRecord {
  const trade = aBuyTrade({ matchedAtMs: record.openedAtMs + 1_000 });
  return { ...record, version: 3, attemptCount: 1, trades: [trade] };
}

/** After a confirmed sell of all shares. */
function soldRecord(record: PositionRecord): PositionRecord {
  const bought = boughtRecord(record);
  const trade = aSellTrade({ matchedAtMs: record.exitDueAtMs });
  return {
    ...bought,
    version: 6,
    attemptCount: 2,
    trades: [...bought.trades, trade],
    firstExitAttemptAtMs: record.exitDueAtMs,
  };
}

function exitProgress(record: PositionRecord): ExitProgress {
  return {
    exitStartedAtMs: record.exitDueAtMs,
    fruitlessCount: 0,
    noBuyerCount: 0,
    shortfallMicros: 0n,
    sellableMicros: null,
    postAgainAtMs: null,
    isPostOnly: false,
    pagedCauses: [],
    isOverdueTold: false,
    isFailingTold: false,
    underlyingAtExitMicros: null,
  };
}

function timeoutExit(record: PositionRecord): ExitRecord {
  return {
    exitAtMs: record.exitDueAtMs + 1_000,
    exitReason: 'emergency:timeout',
    forceClosed: true,
    forceCloseReason: 'timeout',
    underlyingAtExitMicros: 97_398_120_000n,
    shortfallMicros: 0n,
  };
}

/** The deadline passed with the shares still held. */
function unsoldExit(record: PositionRecord): ExitRecord {
  const exitAtMs = record.marketEndsAtMs - record.policy.deadlineLeadMs;
  return { ...timeoutExit(record), exitAtMs, exitReason: 'emergency:timeout_sell_failed' };
}

/** Closed after the market's end, with its shares unsold. */
function unsoldClosing(record: PositionRecord) {
  const bought = { ...boughtRecord(record), version: 7, firstExitAttemptAtMs: record.exitDueAtMs };
  return { ...bought, ...unsoldExit(record), closedAtMs: record.marketEndsAtMs + 120_000 };
}

const DEFAULTS_BY_STATE = {
  buying: (record) => ({ ...record, state: 'buying', wakeUp: { id: 'v1', atMs: record.openedAtMs + 20_000 } }),
  holding: (record) => ({
    ...boughtRecord(record),
    state: 'holding',
    wakeUp: { id: 'exit', atMs: record.exitDueAtMs },
  }),
  exiting: (record) => ({
    ...boughtRecord(record),
    version: 4,
    state: 'exiting',
    wakeUp: { id: 'v4', atMs: record.exitDueAtMs + 1_000 },
    ...exitProgress(record),
  }),
  'awaiting-resolution': (record) => ({
    ...boughtRecord(record),
    version: 6,
    state: 'awaiting-resolution',
    firstExitAttemptAtMs: record.exitDueAtMs,
    wakeUp: { id: 'v6', atMs: record.marketEndsAtMs + 45_000 },
    settlement: NOTHING_SETTLED,
    ...unsoldExit(record),
  }),
  exited: (record) => ({
    ...soldRecord(record),
    ...timeoutExit(record),
    state: 'exited',
    closedAtMs: record.exitDueAtMs + 5_000,
  }),
  redeemed: (record) => ({
    ...unsoldClosing(record),
    state: 'redeemed',
    payoutMicros: 36_000_000n,
    transactionHash: `0x${'ab'.repeat(32)}`,
    gasWei: null,
  }),
  worthless: (record) => ({ ...unsoldClosing(record), state: 'worthless' }),
  voided: (record) => ({
    ...record,
    version: 3,
    attemptCount: 1,
    state: 'voided',
    exitAtMs: record.openedAtMs + 2_000,
    exitReason: 'void:buy-refused',
    forceClosed: false,
    forceCloseReason: null,
    underlyingAtExitMicros: null,
    shortfallMicros: 0n,
    closedAtMs: record.openedAtMs + 2_000,
  }),
  stranded: (record) => ({
    ...unsoldClosing(record),
    state: 'stranded',
    contradiction: 'The chain holds fewer shares than the record.',
  }),
} as const satisfies { readonly [State in PositionState]: (record: PositionRecord) => PositionIn<State> };
