import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import { decodeShares, readShares, toRpcCall } from '#lib/adapters/polygon/contract-calls.ts';
import { PROTOCOLS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { readFinalizedBlock } from '#lib/adapters/polygon/settlement/finalized-block.ts';
import { orMissing, readPayout } from '#lib/adapters/polygon/settlement/read-condition.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { createPolymarketMarketData } from '#lib/adapters/polymarket/market-data/polymarket-market-data.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES } from '#lib/cli/cli-error.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import { createSuite } from '#lib/cli/suite/find-suite.ts';
import { printable, type Terminal } from '#lib/cli/terminal.ts';
import type { Market, Outcome } from '#lib/domain/market/market.ts';
import type { TokenPayout } from '#lib/domain/market/payout.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { isClosed, type PositionTerms } from '#lib/domain/position/position.ts';
import { isTradable } from '#lib/domain/refusal/opening-refusal.ts';
import { UnexpectedReplyError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { Owner } from './open-owner.ts';

/** A market of the wallet: where its shares are, how many there are, and what they pay once it is resolved. */
export type OwnedMarket = {
  readonly slug: string;
  /** Of the first outcome. */
  readonly terms: PositionTerms;
  readonly outcomeNames: Readonly<Record<Outcome, string>>;
  /** Null where the venue's public data did not describe it: nothing can be sold then. */
  readonly market: Market | null;
  /** By the newest block. */
  readonly held: Readonly<Record<Outcome, bigint>>;
  /** By a finalised block; null while the market is unresolved. */
  readonly payout: TokenPayout | null;
};

export type MarketChoice = { readonly market?: string; readonly all?: boolean };

/** @throws CliError 2 without a choice, 4 for a market that the venue does not have */
export async function findChosenMarkets(
  terminal: Terminal,
  owner: Owner,
  choice: MarketChoice,
  deadlineAtMs: number,
): Promise<readonly OwnedMarket[]> {
  if (choice.market === undefined && choice.all !== true) {
    throw new CliError(EXIT_CODES.usage, 'usage', 'Name a market with --market SLUG, or take all of them with --all.');
  }
  if (choice.market !== undefined) return [await getMarket(owner, choice.market, deadlineAtMs)];
  const { markets, unread } = await findHeldMarkets(owner, deadlineAtMs);
  if (unread !== null) terminal.err(narrate(`${unread} Name such a market with --market.`));
  return markets;
}

/** The terms that an order or a redemption of the wallet needs, without a position in the table. */
export function toOwnerTerms(market: Market, wallet: string, outcome: Outcome): PositionTerms {
  const other = outcome === 'UP' ? 'DOWN' : 'UP';
  return {
    ...{ positionId: 'owner', requestId: 'owner', origin: 'request', mode: 'live', wallet, outcome },
    ...{ asset: market.asset, marketSlug: market.slug, conditionId: market.conditionId, negRisk: market.negRisk },
    ...{ tokenId: market.tokenIds[outcome], otherTokenId: market.tokenIds[other], marketVersion: market.version },
    ...{ tickMicros: market.tickMicros, minOrderSharesMicros: market.minOrderSharesMicros },
    ...{ feeRateMicros: market.feeRateMicros, takerDelayMs: market.takerDelayMs },
    // Bounds nothing here: the owner sells what is there.
    budgetMicros: 10n ** 15n,
    ...{ openedAtMs: market.startsAtMs, marketEndsAtMs: market.endsAtMs, policy: DEFAULT_EXIT_POLICY },
    underlyingAtEntryMicros: null,
  };
}

async function getMarket(owner: Owner, slug: string, deadlineAtMs: number): Promise<OwnedMarket> {
  const market = await findMarket(owner, slug);
  if (market === undefined) {
    const text = `The venue has no market ${printable(slug).slice(0, 128)}: a market is named by the end of its address on the website.`;
    throw new CliError(EXIT_CODES.notFound, 'market-not-found', text);
  }
  return readMarket(owner, market, deadlineAtMs);
}

/** Undefined for a market that the venue does not have. @throws CliError 3 for one that this release cannot handle */
async function findMarket({ hosts }: Owner, slug: string): Promise<Market | undefined> {
  const market = await createPolymarketMarketData({ clock, ...hosts }).findMarket(slug);
  if (market === undefined || isTradable(market)) return market;
  throw new CliError(EXIT_CODES.refused, market.refusal.code, market.refusal.message);
}

async function readMarket(owner: Owner, market: Market, deadlineAtMs: number): Promise<OwnedMarket> {
  const terms = toOwnerTerms(market, owner.walletAddress, 'UP');
  const { slug, outcomeNames } = market;
  return { slug, terms, outcomeNames, market, ...(await readHeld(owner, terms, deadlineAtMs)) };
}

async function readHeld({ rpc }: Owner, terms: PositionTerms, deadlineAtMs: number) {
  const { wallet, tokenId, otherTokenId, marketVersion } = terms;
  const call = readShares(PROTOCOLS[marketVersion].shares, wallet, [tokenId, otherTokenId]);
  const block = await readFinalizedBlock(rpc, deadlineAtMs);
  const [[shares], payout] = await Promise.all([
    rpc.send([toRpcCall(call)], deadlineAtMs),
    readPayout(rpc, terms, block, deadlineAtMs),
  ]);
  const [UP = 0n, DOWN = 0n] = decodeShares(orMissing(shares), 2);
  return { held: { UP, DOWN }, payout };
}

/** All markets in which the wallet holds shares. `unread`: why the list may lack some; null when it is complete. */
export async function findHeldMarkets(
  owner: Owner,
  deadlineAtMs: number,
): Promise<{ readonly markets: readonly OwnedMarket[]; readonly unread: string | null }> {
  const { slugs, unread } = await listSlugs(owner, deadlineAtMs);
  const found = await Promise.all(slugs.map((slug) => readOrSay(owner, slug, deadlineAtMs)));
  const markets = found.flatMap((each) => ('held' in each && (each.held.UP > 0n || each.held.DOWN > 0n) ? [each] : []));
  const failed = found.flatMap((each) => ('failure' in each ? [each.failure] : []));
  return { markets, unread: [unread, ...failed].filter((text) => text !== null).join(' ') || null };
}

async function readOrSay(owner: Owner, slug: string, deadlineAtMs: number) {
  try {
    return await getMarket(owner, slug, deadlineAtMs);
  } catch (error) {
    const isKnown =
      error instanceof CliError || error instanceof UnexpectedReplyError || error instanceof UpstreamUnavailableError;
    if (!isKnown) throw error;
    return { failure: `${slug}: ${error.message}` };
  }
}

/** By the venue's index of wallets, which lags by seconds, and by the suite's open positions, if it has a table. */
async function listSlugs(owner: Owner, deadlineAtMs: number) {
  const slugs = new Set(await listPositionSlugs(owner));
  try {
    const positions = createPolymarketWalletPositions({ clock, dataHost: owner.hosts.dataHost });
    const { holdings, unreadableCount } = await positions.listHoldings(owner.walletAddress, deadlineAtMs);
    for (const { marketSlug } of holdings) if (marketSlug !== null) slugs.add(marketSlug);
    const namelessCount = unreadableCount + holdings.filter(({ marketSlug }) => marketSlug === null).length;
    const unread = namelessCount === 0 ? null : `The venue’s index lists ${namelessCount} tokens without their market.`;
    return { slugs: [...slugs], unread };
  } catch (error) {
    if (!(error instanceof UpstreamUnavailableError || error instanceof UnexpectedReplyError)) throw error;
    return {
      slugs: [...slugs],
      unread: 'The venue’s index of wallets does not answer, so shares may be missing here.',
    };
  }
}

/** Best effort: these commands need no table. */
async function listPositionSlugs({ place, walletAddress }: Owner): Promise<readonly string[]> {
  if (place.suite === null) return [];
  try {
    const suite = createSuite({ ...place.suite, limits: { ...place.suite.limits, attemptCountMax: 1 } });
    try {
      const positions = await suite.store.list();
      return positions
        .filter((each) => each.mode === 'live' && !isClosed(each) && isSameHex(each.wallet, walletAddress))
        .map(({ marketSlug }) => marketSlug);
    } finally {
      suite.close();
    }
  } catch {
    return [];
  }
}
