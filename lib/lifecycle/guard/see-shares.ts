import { findBookFlaw } from '#lib/domain/market/book-flaw.ts';
import { OTHER_OUTCOME } from '#lib/domain/market/market.ts';
import { formatMicros, minMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import type { GuardPlan, GuardRefusal } from '#lib/domain/plan/plan-guard.ts';
import type { Look } from '#lib/domain/plan/sell-back.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { FoundShares } from '#lib/domain/position/guarded-shares.ts';
import { withSeenBid } from '#lib/domain/position/low-sale.ts';
import type { LastBid, PositionTerms } from '#lib/domain/position/position.ts';
import { readChain, type WatchedAccount } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { MarketData } from '#lib/ports/venue/market-data.ts';
import type { GuardTerms, SharesReading } from '#lib/ports/wallet/wallet-readings.ts';
import { findCost, nullIfUnreadable } from './take-in-shares.ts';

export type SeeSharesDeps = {
  readonly account: WatchedAccount;
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, 'findBook'>;
};

type Asked = { readonly sharesMicrosMax?: bigint; readonly costMicros?: bigint };
type Terms = GuardTerms & Pick<PositionTerms, 'positionId' | 'countsFromMs'>;

/** What the wallet holds when it is to be guarded. */
export type SeenShares = {
  /** Null: none at a finalised block, or the chain did not answer. */
  readonly found: FoundShares | null;
  /** False: at the newest block there are none either. */
  readonly mayHold: boolean;
  readonly otherSharesMicros: bigint | null;
  readonly budgetMicros: bigint;
  readonly lastBid: LastBid | null;
  readonly look: Look;
};

/** The guard is not held up longer: what is not known by then is found by the looks that follow. */
const READ_DEADLINE_MS = 2_000;
const COST_DEADLINE_MS = 1_500;

/** Index, chain and book are read best effort: only an answer of the chain can say that there is nothing. */
export async function seeShares(deps: SeeSharesDeps, terms: Terms, asked: Asked): Promise<SeenShares> {
  const { account, clock } = deps;
  await putOnPaper(account, terms, asked);
  const untilMs = clock.nowMs() + READ_DEADLINE_MS;
  const [atBlock, newest, look] = await Promise.all([
    account.readings?.readShares(terms, untilMs).catch(nullIfUnreadable) ?? null,
    readChain(deps, terms, untilMs),
    lookAtBook(deps, terms, untilMs),
  ]);
  // A block that may still show what the suite has just sold says nothing: the looks that follow read a younger one.
  const reading = atBlock !== null && atBlock.blockAtMs >= (terms.countsFromMs ?? 0) ? atBlock : null;
  const bid = bidOf(look);
  const isHeld = (micros: bigint | undefined) => micros !== undefined && micros >= DUST_SHARES_MICROS;
  const isUnread = atBlock === null || newest === null;
  const found = reading !== null && isHeld(reading.sharesMicros) ? await toFound(deps, terms, reading, asked) : null;
  const sharesMicros = found?.sharesMicros ?? newest?.sharesMicros ?? 0n;
  const bidMicros = bid?.priceMicros ?? 0n;
  return {
    found,
    mayHold: found !== null || isHeld(newest?.sharesMicros) || isUnread,
    otherSharesMicros: reading?.otherSharesMicros ?? newest?.otherSharesMicros ?? null,
    budgetMicros: found?.costMicros ?? mulDivFloor(sharesMicros, bidMicros, ONE_MICROS),
    lastBid: bid,
    look,
  };
}

/** A paper wallet holds what the request says. Before the row: a repeated request finds them there. */
async function putOnPaper({ paperWallet }: WatchedAccount, terms: Terms, asked: Asked): Promise<void> {
  const { sharesMicrosMax: sharesMicros, costMicros = null } = asked;
  if (paperWallet === undefined || sharesMicros === undefined) return;
  await paperWallet.receiveShares(terms, { sharesMicros, costMicros });
}

async function toFound(
  { account, clock }: SeeSharesDeps,
  terms: GuardTerms,
  { sharesMicros: heldMicros, blockNumber }: SharesReading,
  { sharesMicrosMax = heldMicros }: Asked,
): Promise<FoundShares> {
  const sharesMicros = minMicros(heldMicros, sharesMicrosMax);
  const untilMs = clock.nowMs() + COST_DEADLINE_MS;
  // The index knows the cost of all that the wallet holds. That of a part is not guessed.
  const isWhole = sharesMicros === heldMicros && account.readings !== undefined;
  const costMicros = isWhole ? await findCost(account.readings, terms, sharesMicros, untilMs) : null;
  return { sharesMicros, costMicros, blockNumber };
}

async function lookAtBook({ marketData, clock }: SeeSharesDeps, { tokenId }: GuardTerms, untilMs: number) {
  const book = (await marketData.findBook(tokenId, untilMs).catch(nullIfUnreadable)) ?? null;
  return { book, atMs: clock.nowMs() };
}

function bidOf({ book, atMs }: Look): LastBid | null {
  if (book === null || findBookFlaw(book, atMs) !== null) return null;
  return withSeenBid(null, book.bids[0]?.priceMicros ?? null, atMs);
}

/** Null where there are shares, or may be: only the chain can say that there are none. */
export function refusalOfNothing({ market, outcome }: GuardPlan, seen: SeenShares): GuardRefusal | null {
  if (seen.mayHold) return null;
  const { outcomeNames, slug } = market;
  const otherMicros = seen.otherSharesMicros ?? 0n;
  const other =
    otherMicros < DUST_SHARES_MICROS
      ? ''
      : ` It holds ${formatMicros(otherMicros)} of "${outcomeNames[OTHER_OUTCOME[outcome]]}": is that the side that was meant?`;
  return {
    code: 'nothing-to-guard',
    message: `The wallet holds no shares of "${outcomeNames[outcome]}" in ${slug}.${other} Where an order was just placed, pass expectShares (--expect-shares): the position then waits for its shares.`,
  };
}
