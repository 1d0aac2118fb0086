import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { agrees, type Booking, bookingsOf, isMissing, isOfOthers, isProvisional } from './booking.ts';
import { type Finding, type FindingKind, sumTokens } from './finding.ts';
import type { EntryKind, LedgerEntry } from './ledger-entry.ts';
import {
  kindOfMovement,
  type MovementPart,
  splitByMarket,
  type TokenMovement,
  type WalletMovement,
} from './wallet-movement.ts';

export type Reconciliation = {
  /**
   * Every movement once, oldest first: those of positions with the transaction that the chain shows for them, and those
   * of the chain that no position explains.
   */
  readonly entries: readonly LedgerEntry[];
  readonly findings: readonly Finding[];
};

/** Times are Unix milliseconds; `untilMs` is exclusive. */
export type LedgerRange = { readonly fromMs: number; readonly untilMs: number; readonly nowMs: number };

type Market = { readonly positions: readonly Position[]; readonly bookings: readonly Booking[] };

/** Rows and chain follow each other within minutes: an order, a redemption, a reading of the chain. */
const UNDER_WAY_MS = 600_000;
/** A trade is confirmed some blocks before the node calls its block final. */
const UNDER_WAY_CLOSED_MS = 120_000;
const CENT_MICROS = 10_000n;

/**
 * Compares what the rows of one wallet say with what the chain moved in it, market by market. A booking and a
 * transaction with the same amounts belong together. Where that leaves some over, their sums decide: one payout may
 * come in two transactions, and fewer shares arrive than were bought. Nothing is corrected: what differs is named.
 *
 * Rows and movements from before and after the range help to match (a trade is mined seconds after its match, and a
 * payout is booked minutes after it arrived). Only what lies in the range has to have its counterpart, and is returned.
 */
export function reconcile(
  positions: readonly Position[],
  movements: readonly WalletMovement[],
  range: LedgerRange,
): Reconciliation {
  const byCondition = Map.groupBy(positions, ({ conditionId }) => conditionId);
  const parts = Map.groupBy(
    movements.flatMap((movement) => splitByMarket(movement, positions)),
    ({ conditionId }) => conditionId,
  );
  const compared = [...byCondition].map(([conditionId, ofMarket]) => {
    const market = { positions: ofMarket, bookings: ofMarket.flatMap(bookingsOf) };
    return compareMarket(market, parts.get(conditionId) ?? [], range);
  });
  const foreign = (parts.get(null) ?? []).flatMap(toEntries);
  const inRange = <Timed extends { readonly atMs: number }>(all: readonly Timed[]): readonly Timed[] =>
    all.filter(isIn(range)).toSorted((a, b) => a.atMs - b.atMs);
  return {
    entries: inRange([...compared.flatMap(({ entries }) => entries), ...foreign]),
    findings: inRange(compared.flatMap(({ findings }) => findings)),
  };
}

function isIn({ fromMs, untilMs }: LedgerRange): (each: { readonly atMs: number }) => boolean {
  return ({ atMs }) => atMs >= fromMs && atMs < untilMs;
}

function compareMarket(market: Market, parts: readonly MovementPart[], range: LedgerRange): Reconciliation {
  const { pairs, bookings, leftParts } = withoutFeesApart(pair(market.bookings, parts));
  const entries: LedgerEntry[] = pairs.flatMap(({ booking, part }) => placed(booking, part));
  const findings = feeFindings(pairs.filter(({ part }) => isIn(range)(part)));
  if (differenceOf(bookings, leftParts) === null) {
    // Entries of one transaction each are known by now; several together cannot be told apart.
    const [part] = leftParts.length === 1 ? leftParts : [];
    return { entries: [...entries, ...bookings.flatMap((booking) => placed(booking, part))], findings };
  }
  const othersEntries = findOthersEntries(bookings, leftParts);
  if (othersEntries !== undefined) return { entries: [...entries, ...othersEntries], findings };
  const left = { bookings: bookings.filter(isIn(range)), parts: leftParts.filter(isIn(range)) };
  const difference = differenceOf(left.bookings, left.parts);
  const isRest = left.bookings.every(isMissing) && isFromRest(market, left.parts);
  const kind = difference === null || isRest ? null : kindOf(market, left, difference, range.nowMs);
  const unexplained = left.bookings.every(isMissing) ? left.parts.flatMap(toEntries) : [];
  return {
    entries: [...entries, ...left.bookings.flatMap((booking) => booking.entries), ...unexplained],
    findings:
      kind === null || difference === null
        ? findings
        : [...findings, { kind, ...difference, ...about(market, left.bookings, left.parts) }],
  };
}

/**
 * Of shares that others bought and took, the chain knows the transactions and their cash, and the row how many there
 * were. Undefined where the chain shows more than the row. What it does not show moved before the time that was read.
 */
function findOthersEntries(
  bookings: readonly Booking[],
  parts: readonly MovementPart[],
): readonly LedgerEntry[] | undefined {
  const own = bookings.filter((booking) => !isOfOthers(booking));
  if (own.length === bookings.length) return undefined;
  const ownEntries = own.flatMap(({ entries }) => entries);
  if (differenceOf(own, parts) === null) return ownEntries;
  const isExplained = own.every(isMissing) && isWithin(bookings, parts);
  return isExplained ? [...ownEntries, ...parts.flatMap(toEntries)] : undefined;
}

/** No more of a token came than was found, and no more left than the row says. */
function isWithin(bookings: readonly Booking[], parts: readonly MovementPart[]): boolean {
  const signs = [1n, -1n] as const;
  return signs.every((sign) => {
    const moved = (all: readonly { readonly shares: readonly TokenMovement[] }[]) =>
      all.flatMap(({ shares }) => shares.filter(({ sharesMicros }) => sharesMicros * sign > 0n));
    const rest = sumTokens([
      ...moved(parts),
      ...moved(bookings).map((each) => ({ ...each, sharesMicros: -each.sharesMicros })),
    ]);
    return rest.every(({ sharesMicros }) => sharesMicros * sign < 0n);
  });
}

type Pair = { readonly booking: Booking; readonly part: MovementPart };

/** The closest in cash come together first, then those closest in time: fills of one order may have the same shares. */
function pair(bookings: readonly Booking[], parts: readonly MovementPart[]) {
  const fitting = bookings.flatMap((booking) =>
    parts
      .filter((part) => !isMissing(booking) && isOf(booking, part) && agrees(booking, part))
      .map((part) => ({ booking, part })),
  );
  const left = { bookings: new Set(bookings), parts: new Set(parts) };
  const pairs: Pair[] = [];
  for (const each of fitting.toSorted(byDistance)) {
    if (!left.bookings.has(each.booking) || !left.parts.has(each.part)) continue;
    left.bookings.delete(each.booking);
    left.parts.delete(each.part);
    pairs.push(each);
  }
  const inOrder = pairs.toSorted((a, b) => bookings.indexOf(a.booking) - bookings.indexOf(b.booking));
  return { pairs: inOrder, bookings: [...left.bookings], leftParts: [...left.parts] };
}

/**
 * A fee that the venue charged with one fill of several can be more than that fill brought, and fits none of them: the
 * fills of such a market are compared together.
 */
function withoutFeesApart({ pairs, bookings, leftParts }: ReturnType<typeof pair>): ReturnType<typeof pair> {
  if (bookings.every(isMissing) || leftParts.length === 0) return { pairs, bookings, leftParts };
  if (differenceOf(bookings, leftParts) === null) return { pairs, bookings, leftParts };
  const isExact = ({ booking, part }: Pair) => booking.cashMicros === part.cashMicros;
  const rough = pairs.filter((each) => !isExact(each));
  return {
    pairs: pairs.filter(isExact),
    bookings: [...bookings, ...rough.map(({ booking }) => booking)],
    leftParts: [...leftParts, ...rough.map(({ part }) => part)],
  };
}

function byDistance(one: Pair, other: Pair): number {
  const cashOf = ({ booking, part }: Pair) => absolute(part.cashMicros - booking.cashMicros);
  const timeOf = ({ booking, part }: Pair) => Math.abs(part.atMs - booking.atMs);
  return Number(cashOf(one) - cashOf(other)) || timeOf(one) - timeOf(other);
}

function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

function isOf({ transactionHash }: Booking, part: MovementPart): boolean {
  return transactionHash === null || transactionHash.toLowerCase() === part.transactionHash.toLowerCase();
}

function placed({ entries }: Booking, part: MovementPart | undefined): readonly LedgerEntry[] {
  if (part === undefined) return entries;
  const { atMs, transactionHash } = part;
  return entries.map((entry) => (entry.kind === 'missing' ? entry : { ...entry, atMs, transactionHash }));
}

/**
 * What was charged in fees beyond the estimates. The entries keep the estimates. Of all fills together: the venue may
 * charge the fee of an order with one of its fills.
 */
function feeFindings(pairs: readonly Pair[]): readonly Finding[] {
  const estimated = pairs.filter(({ booking, part }) => part.cashMicros !== booking.cashMicros);
  const cashMicros = estimated.reduce((sum, { booking, part }) => sum + part.cashMicros - booking.cashMicros, 0n);
  const [first] = estimated;
  if (first === undefined || cashMicros === 0n) return [];
  return [
    {
      kind: absolute(cashMicros) < CENT_MICROS ? 'fee-estimated' : 'amounts-differ',
      ...{ atMs: first.part.atMs, conditionId: first.part.conditionId, cashMicros, shares: [] },
      positionIds: [...new Set(estimated.map(({ booking }) => booking.positionId))],
      transactionHashes: [...new Set(estimated.map(({ part }) => part.transactionHash))],
    },
  ];
}

/** What the chain moved less what is recorded; null when that is nothing. */
function differenceOf(
  bookings: readonly Booking[],
  parts: readonly MovementPart[],
): Pick<Finding, 'cashMicros' | 'shares'> | null {
  const sum = (all: readonly { readonly cashMicros: bigint }[]) =>
    all.reduce((total, { cashMicros }) => total + cashMicros, 0n);
  const cashMicros = sum(parts) - sum(bookings);
  const recorded = bookings.flatMap(({ shares }) =>
    shares.map((each) => ({ ...each, sharesMicros: -each.sharesMicros })),
  );
  const shares = sumTokens([...parts.flatMap((part) => part.shares), ...recorded]);
  return cashMicros === 0n && shares.length === 0 ? null : { cashMicros, shares };
}

/** Redeemed after the end, by the owner or the venue: dust, shares that lost, shares of a stranded position. */
function isFromRest({ positions, bookings }: Market, parts: readonly MovementPart[]): boolean {
  if (parts.some((part) => kindOfMovement(part) !== 'redeem') || !positions.every(isClosed)) return false;
  const left = sumTokens([...bookings, ...parts].flatMap(({ shares }) => shares));
  return left.every(({ sharesMicros }) => sharesMicros >= 0n);
}

function kindOf(
  { positions }: Market,
  { bookings, parts }: { readonly bookings: readonly Booking[]; readonly parts: readonly MovementPart[] },
  { cashMicros, shares }: Pick<Finding, 'cashMicros' | 'shares'>,
  nowMs: number,
): FindingKind {
  const isEstimated = bookings.some(({ grossMicros }) => grossMicros !== null);
  if (isEstimated && shares.length === 0 && absolute(cashMicros) < CENT_MICROS) return 'fee-estimated';
  const isOpen = !positions.every(isClosed) || bookings.some(isProvisional);
  const isYoung = (withinMs: number) => [...bookings, ...parts].every(({ atMs }) => atMs > nowMs - withinMs);
  if (isYoung(isOpen ? UNDER_WAY_MS : UNDER_WAY_CLOSED_MS)) return 'under-way';
  if (parts.length === 0) return 'not-on-chain';
  return bookings.every(isMissing) ? 'not-on-record' : 'amounts-differ';
}

function about({ positions }: Market, bookings: readonly Booking[], parts: readonly MovementPart[]) {
  const concerned = new Set(bookings.map(({ positionId }) => positionId));
  const ids = positions.map(({ positionId }) => positionId);
  return {
    atMs: Math.min(...[...parts, ...bookings].map(({ atMs }) => atMs)),
    conditionId: positions[0]?.conditionId ?? null,
    positionIds: concerned.size === 0 ? ids : ids.filter((id) => concerned.has(id)),
    transactionHashes: [...new Set(parts.map(({ transactionHash }) => transactionHash))],
  };
}

/** A movement that no position explains: one entry for its cash, and one for each token of several. */
function toEntries(part: MovementPart): readonly LedgerEntry[] {
  const { atMs, transactionHash, conditionId, cashMicros, shares, gasWei } = part;
  const unmoved = { tokenId: null, cashMicros: 0n, sharesMicros: 0n, gasWei: 0n };
  const toEntry = (kind: EntryKind, moved: Partial<LedgerEntry>): LedgerEntry => ({
    ...{ kind, atMs, conditionId, transactionHash, reference: transactionHash },
    ...{ positionId: null, isProvisional: false, ...unmoved, ...moved },
  });
  const kind = kindOfMovement(part);
  const [first, ...others] = shares;
  return [
    ...(first === undefined && cashMicros === 0n ? [] : [toEntry(kind, { cashMicros, ...first })]),
    ...others.map((moved) => toEntry(kind, moved)),
    ...(gasWei === 0n ? [] : [toEntry('gas', { gasWei: -gasWei })]),
  ];
}
