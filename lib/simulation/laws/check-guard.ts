import type { Outcome } from '#lib/domain/market/market.ts';
import { maxMicros, mulDivRound } from '#lib/domain/market/money.ts';
import { foundSharesMicros, isGuarded, leftSharesMicros } from '#lib/domain/position/guarded-shares.ts';
import { isClosed, type Position } from '#lib/domain/position/position.ts';
import { outcomeOfToken } from '#lib/venue/books/playing-market.ts';
import { SIM_LIVE_WALLET } from '../world/sim-settlement.ts';
import { type Breach, DUST_MICROS, type Evidence, type ForeignTransfer, isNear, type RowWrite } from './evidence.ts';

/** Shares of the own token that came without the suite's orders: to the chain, and on paper by the request. */
export function arrivedMicros({ foreignTransfers }: Evidence, row: Position): bigint {
  if (!isGuarded(row)) return 0n;
  if (row.mode === 'paper') return row.guardedSharesMicros ?? 0n;
  return sumOf(foreignTransfers(), (sharesMicros) => maxMicros(sharesMicros, 0n));
}

function sumOf(transfers: readonly ForeignTransfer[], part: (sharesMicros: bigint) => bigint): bigint {
  return transfers.reduce((sum, { sharesMicros }) => sum + part(sharesMicros), 0n);
}

/** Laws 5, 8 and 12 in the row of a guarded position: what it found came, for this cost, and what left it did leave. */
export function checkGuardWrite(evidence: Evidence, { before, after }: RowWrite): readonly Breach[] {
  if (!isGuarded(after)) return [];
  const foreign = evidence.foreignTransfers();
  return [
    ...checkFound(foreign, before, after),
    ...checkCost(foreign, after),
    ...checkLeft(foreign, after),
    ...checkVoided(evidence, after),
  ];
}

function checkFound(foreign: readonly ForeignTransfer[], before: Position | null, after: Position): Breach[] {
  const { found } = after;
  if (found === undefined) return [];
  if (before?.found !== undefined && before.found.sharesMicros > found.sharesMicros) {
    return [{ law: 12, text: `found ${before.found.sharesMicros}, and then ${found.sharesMicros}` }];
  }
  if (after.mode === 'paper') return [];
  const came = foreign.filter(({ blockNumber }) => blockNumber <= found.blockNumber);
  const cameMicros = sumOf(came, (sharesMicros) => maxMicros(sharesMicros, 0n));
  return found.sharesMicros > cameMicros
    ? [{ law: 12, text: `found ${found.sharesMicros} of ${cameMicros} shares that came` }]
    : [];
}

/** A fee is split with its shares, so that a part's cost is rounded. */
const COST_ROUNDING_MICROS = 10n;

/** Law 8: a cost is that of all shares that came, or unknown. */
function checkCost(foreign: readonly ForeignTransfer[], { found, mode }: Position): Breach[] {
  if (found === undefined || found.costMicros === null || mode === 'paper') return [];
  const { sharesMicros: foundMicros, costMicros } = found;
  const came = foreign.filter(({ sharesMicros }) => sharesMicros > 0n);
  const cameMicros = sumOf(came, (sharesMicros) => sharesMicros);
  const cash = came.reduce<bigint | null>(
    (sum, { cashMicros }) => (sum === null || cashMicros === null ? null : sum - cashMicros),
    0n,
  );
  const known = came.findLastIndex((_, index) => sumOf(came.slice(0, index + 1), (each) => each) <= foundMicros);
  const exact = cash === null || cameMicros === 0n ? null : mulDivRound(cash, foundMicros, cameMicros);
  const ofFirst = came.slice(0, known + 1).reduce((sum, { cashMicros }) => sum - (cashMicros ?? 0n), 0n);
  const isPaid = [exact, ofFirst].some((micros) => micros !== null && isNear(micros, costMicros, COST_ROUNDING_MICROS));
  return isPaid
    ? []
    : [{ law: 8, text: `${foundMicros} shares found for ${costMicros}, and ${cash} was paid for ${cameMicros}` }];
}

/** Law 5: each entry cites a transaction of others that took so many shares, once. */
function checkLeft(foreign: readonly ForeignTransfer[], after: Position): Breach[] {
  const { left = [] } = after;
  const breaches: Breach[] = [];
  if (new Set(left.map(({ transactionHash }) => transactionHash)).size !== left.length) {
    breaches.push({ law: 5, text: 'one transaction takes shares twice' });
  }
  for (const { transactionHash, sharesMicros, cashMicros } of left) {
    // A sell of the suite of the same size and cash cannot be told from another one.
    const alike = foreign.find((each) => -each.sharesMicros === sharesMicros && each.cashMicros === cashMicros);
    const real = foreign.find((each) => each.transactionHash === transactionHash) ?? alike;
    if (real === undefined || -real.sharesMicros < sharesMicros) {
      breaches.push({
        law: 5,
        text: `${sharesMicros} shares left by ${transactionHash}, which took ${real?.sharesMicros}`,
      });
    } else if (cashMicros !== null && real.cashMicros !== null && cashMicros > real.cashMicros) {
      breaches.push({ law: 8, text: `${cashMicros} for shares that left, and ${real.cashMicros} came` });
    }
  }
  if (after.leftEarlier !== undefined) {
    const takenMicros = sumOf(foreign, (sharesMicros) => maxMicros(-sharesMicros, 0n));
    if (leftSharesMicros(after) > takenMicros) {
      breaches.push({ law: 5, text: `${leftSharesMicros(after)} shares left, of ${takenMicros} that others took` });
    }
  }
  if (leftSharesMicros(after) > foundSharesMicros(after)) {
    breaches.push({ law: 2, text: `${leftSharesMicros(after)} of ${foundSharesMicros(after)} found shares left` });
  }
  return breaches;
}

/** A block that is not final yet, a node that is behind, and the way of the answer. */
const SEEN_AFTER_MS = 45_000;

/** What the wallet held for that long, if it still holds anything that could be sold. */
function heldForAWhile(
  { chain }: Evidence,
  { wallet, outcome }: { readonly wallet: string; readonly outcome: Outcome },
  atMs: number,
): bigint {
  const isStill = chain.sharesAt(wallet, outcome, atMs) >= DUST_MICROS;
  return isStill ? chain.sharesAt(wallet, outcome, atMs - SEEN_AFTER_MS) : 0n;
}

/** Laws 4 and 12: without shares a guard ends when nothing has come, or nothing that could still be sold. */
function checkVoided(evidence: Evidence, after: Position): Breach[] {
  if (after.state !== 'voided' || after.mode === 'paper') return [];
  const heldMicros = heldForAWhile(evidence, after, evidence.nowMs());
  return heldMicros >= DUST_MICROS
    ? [{ law: 12, text: `voided, and the wallet has held ${heldMicros} shares for a while` }]
    : [];
}

/** A minute to the next look at the wallet, a minute until a block counts after a sell, and the calls themselves. */
const TAKEN_IN_WITHIN_MS = 150_000;

/**
 * Law 12 at the end of a life: what came to the wallet while it was guarded is in the record, or came too late, and no
 * guard is refused while there are shares.
 */
export function checkGuarded(evidence: Evidence): readonly Breach[] {
  const { row, guardRefusal, chain, playing } = evidence;
  if (guardRefusal?.code === 'nothing-to-guard') return checkRefusal(evidence, guardRefusal.atMs);
  if (row === undefined || !isGuarded(row) || row.mode === 'paper' || !isClosed(row)) return [];
  if (row.guardedSharesMicros !== undefined) return [];
  const endMs = Math.min(row.closedAtMs, row.exitDueAtMs, playing.market.endsAtMs);
  const isLate = ({ atMs }: ForeignTransfer): boolean => {
    const knownAtMs = Math.max(atMs, row.openedAtMs) + TAKEN_IN_WITHIN_MS;
    return knownAtMs > endMs || evidence.faultTimesMs.some((faultAtMs) => faultAtMs >= atMs && faultAtMs <= endMs);
  };
  const lateMicros = sumOf(evidence.foreignTransfers().filter(isLate), (each) => maxMicros(each, 0n));
  const heldMicros = chain.sharesAt(row.wallet, row.outcome, Number.MAX_SAFE_INTEGER);
  const isTaken = row.state === 'exited' || row.state === 'voided';
  return isTaken && heldMicros - lateMicros >= DUST_MICROS
    ? [{ law: 12, text: `${row.state}, and ${heldMicros} shares are in the wallet, of which ${lateMicros} came late` }]
    : [];
}

function checkRefusal(evidence: Evidence, atMs: number): Breach[] {
  const outcome = outcomeOfToken(evidence.playing.market, evidence.tokenIdRequested) ?? 'UP';
  const heldMicros = heldForAWhile(evidence, { wallet: SIM_LIVE_WALLET, outcome }, atMs);
  return heldMicros >= DUST_MICROS
    ? [{ law: 12, text: `a guard is refused, and the wallet holds ${heldMicros} shares` }]
    : [];
}
