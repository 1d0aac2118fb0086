import type { PaperOrder } from '#lib/ports/store/paper-ledger.ts';
import { type ConditionChain, createConditionChain } from '#lib/venue/engine/condition-chain.ts';
import type { VenueConditions } from '#lib/venue/engine/venue-conditions.ts';
import type { VenueEngine } from '#lib/venue/engine/venue-engine.ts';
import { drawResolution, planOutsideRedemptions } from './draw-resolution.ts';
import { SETTLEMENT_CALM_MS } from './fault-dice.ts';
import type { Evidence } from './laws/evidence.ts';
import { createLedgerFacts } from './laws/ledger-facts.ts';
import type { LifeSetup } from './life-setup.ts';
import { SIM_LIVE_WALLET } from './world/sim-settlement.ts';
import { transfersOf } from './world/sim-wallet-readings.ts';
import type { World } from './world/world.ts';

/** What went wrong so far. */
export type Disruption = { lastAtMs: number; count: number; readonly faultTimesMs: number[] };

export type EvidenceSources = {
  readonly world: World;
  readonly setup: LifeSetup;
  readonly engine: VenueEngine;
  readonly conditions: VenueConditions;
  readonly paperOrders: readonly PaperOrder[];
  readonly disruption: Disruption;
  readonly isTableDown: (atMs: number) => boolean;
  readonly calmAfterEndMs: number;
};

/** Empty at the start of a life; `collect-evidence.ts` fills it. */
export function createEvidence(sources: EvidenceSources): Evidence {
  const { world, setup, engine, conditions, paperOrders, disruption } = sources;
  const { nowMs } = world.time;
  const { market } = setup.playing;
  const posts: Evidence['posts'] = new Map();
  const evidence: Evidence = {
    nowMs,
    ledger: createLedgerFacts(engine.ledger, paperOrders, posts, nowMs),
    tokenIdRequested: market.tokenIds[setup.outcome],
    marketVersion: market.version,
    posts,
    alerts: [],
    noticeCounts: new Map(),
    paperKeyUseCount: 0,
    row: undefined,
    chain: createLifeChain(world, setup, engine),
    playing: setup.playing,
    redemptions: [],
    calmAtMs: market.endsAtMs + sources.calmAfterEndMs + SETTLEMENT_CALM_MS,
    foreignTransfers: () => foreignTransfers(engine, evidence),
    guardRefusal: null,
    shownBooks: [],
    faultTimesMs: disruption.faultTimesMs,
    isHidden: (atMs) => sources.isTableDown(atMs) || HIDING.some((kind) => conditions.isOn(kind, atMs)),
    held: null,
    flawedBookSinceMs: () => flawedBookSinceMs(conditions, nowMs()),
    lastDisruptionAtMs: () => disruption.lastAtMs,
  };
  return evidence;
}

function foreignTransfers({ ledger }: VenueEngine, { chain, posts, tokenIdRequested }: Evidence) {
  const ofSuite = new Set(ledger.trades.filter(({ orderHash }) => posts.has(orderHash)).map(({ tradeId }) => tradeId));
  for (const { transactionHash } of chain.merges.filter(({ isByHand }) => !isByHand)) ofSuite.add(transactionHash);
  // Redemptions end a position, those of other programs as well.
  for (const { transactionHash } of chain.payouts) ofSuite.add(transactionHash);
  const all = transfersOf(ledger, chain, { wallet: SIM_LIVE_WALLET, tokenId: tokenIdRequested });
  return all.filter(({ transactionHash }) => !ofSuite.has(transactionHash));
}

/** Then the real book is not what the suite is shown. */
const HIDING = ['ghost-book', 'stale-book', 'no-bids', 'market-over'] as const;

function flawedBookSinceMs(conditions: VenueConditions, nowMs: number): number | null {
  const kind = (['ghost-book', 'stale-book'] as const).find((each) => conditions.isOn(each, nowMs));
  return kind === undefined ? null : (conditions.window(kind, nowMs)?.fromMs ?? null);
}

function createLifeChain(world: World, { playing, outcome }: LifeSetup, { ledger }: VenueEngine): ConditionChain {
  const { tokenIds, version } = playing.market;
  const chain = createConditionChain({ ledger, tokenIds, version, resolution: drawResolution(world, playing) });
  planOutsideRedemptions(world, chain, SIM_LIVE_WALLET, outcome);
  return chain;
}
