import { OTHER_OUTCOME } from '#lib/domain/market/market.ts';
import { maxMicros, minMicros, mulDivFloor } from '#lib/domain/market/money.ts';
import { isSettled, mergedMicros, remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isGuarded } from '#lib/domain/position/guarded-shares.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { RedemptionIntent } from '#lib/ports/wallet/settlement.ts';
import { mergeMicrosOf } from '../world/sim-settlement.ts';
import { type Breach, DUST_MICROS, type Evidence, heldByPosition } from './evidence.ts';

/** Law 11: how long after the chain shows what a share pays. */
const CLOSED_WITHIN_MS = 300_000;

/** Laws 5 and 8 at the end of a position that the market's result decided, against the chain itself. */
export function checkSettledWrite(evidence: Evidence, after: Position): readonly Breach[] {
  switch (after.state) {
    case 'redeemed':
      return after.mode === 'paper' ? checkPaper(evidence, after, true) : checkRedeemed(evidence, after);
    case 'worthless':
      return after.mode === 'paper' ? checkPaper(evidence, after, false) : checkWorthless(evidence, after);
    case 'stranded':
      return checkStranded(evidence, after);
    default:
      return [];
  }
}

/** The cited transaction paid, and what is booked is what was paid for the shares of this token. */
function checkRedeemed({ chain }: Evidence, after: Position & { readonly state: 'redeemed' }): readonly Breach[] {
  const paid = chain.payouts.filter(({ wallet }) => wallet === after.wallet);
  const cited = paid.find(({ transactionHash }) => transactionHash === after.transactionHash);
  if (cited === undefined || cited.cashMicros.UP + cited.cashMicros.DOWN === 0n) {
    return [{ law: 5, text: `redeemed by ${after.transactionHash}, which paid nothing` }];
  }
  const ownMicros = paid.reduce((sum, payout) => sum + payout.cashMicros[after.outcome], 0n);
  const otherMicros = paid.reduce((sum, payout) => sum + payout.cashMicros[OTHER_OUTCOME[after.outcome]], 0n);
  const cashMicros = ownMicros + (after.hedge === undefined ? 0n : otherMicros);
  const differenceMicros = after.payoutMicros - cashMicros;
  // The wallet may hold more shares than are guarded: what is due to these is theirs.
  if (isGuarded(after) && differenceMicros <= 0n && chain.resolution !== null) {
    const { pays, total } = chain.resolution;
    const dueMicros = mulDivFloor(remainingSharesMicros(after), pays[after.outcome], total);
    const isPaid = after.payoutMicros + DUST_MICROS >= minMicros(dueMicros, cashMicros);
    return isPaid ? [] : [{ law: 8, text: `booked ${after.payoutMicros} of ${dueMicros} due to the shares` }];
  }
  return differenceMicros > 0n || -differenceMicros > DUST_MICROS
    ? [{ law: 8, text: `booked ${after.payoutMicros} of ${cashMicros} paid for the shares` }]
    : [];
}

function checkWorthless({ chain, nowMs }: Evidence, after: Position): readonly Breach[] {
  const { resolution } = chain;
  if (resolution === null || !chain.isResolvedAt(nowMs())) return [{ law: 5, text: 'worthless before the result' }];
  if (resolution.pays[after.outcome] > 0n) return [{ law: 5, text: 'worthless, and the shares pay' }];
  const other = OTHER_OUTCOME[after.outcome];
  const heldMicros = chain.sharesAt(after.wallet, other, nowMs());
  return heldMicros >= DUST_MICROS &&
    resolution.pays[other] > 0n &&
    chain.sharesAt(after.wallet, after.outcome, nowMs()) === 0n
    ? [{ law: 5, text: 'worthless, and the wallet holds the winning shares' }]
    : [];
}

function checkStranded({ chain }: Evidence, after: Position): readonly Breach[] {
  const isPaid = chain.payouts.some(
    ({ wallet, cashMicros }) => wallet === after.wallet && cashMicros[after.outcome] > 0n,
  );
  return after.mode === 'paper' || isPaid ? [{ law: 5, text: 'stranded, although its payout arrived' }] : [];
}

/** On paper the venue's public result decides. A hedge that brought more than was merged pays if the other side won. */
function checkPaper({ playing, nowMs, ledger }: Evidence, after: Position, isWon: boolean): readonly Breach[] {
  const isKnown = nowMs() >= playing.resolvesAtMs;
  const otherMicros = ledger.heldMicros(after.wallet, after.otherTokenId) - mergedMicros(after);
  const isRight = (playing.winner === after.outcome || otherMicros >= DUST_MICROS) === isWon;
  return isKnown && isRight ? [] : [{ law: 5, text: `${after.state} on paper against the venue's result` }];
}

/** A second redemption while the first may still take effect, and a merge of more than the position's pairs. */
export function checkRedemption(evidence: Evidence, intent: RedemptionIntent): readonly Breach[] {
  const { chain, redemptions, nowMs } = evidence;
  const { ownMicros, otherMicros } = heldByPosition(evidence);
  const pairsMicros = minMicros(ownMicros, otherMicros);
  if ((mergeMicrosOf(intent) ?? 0n) > maxMicros(pairsMicros, 0n)) {
    return [{ law: 2, text: `a merge of ${mergeMicrosOf(intent)} pairs, and the position holds ${pairsMicros}` }];
  }
  const mayTakeEffect = redemptions.some((earlier) => {
    const isSame = earlier.nonce === intent.nonce && earlier.deadlineAtMs === intent.deadlineAtMs;
    const action = chain.actions.find(
      ({ nonce, deadlineAtMs }) => nonce === earlier.nonce && deadlineAtMs === earlier.deadlineAtMs,
    );
    const isOpen =
      action === undefined ? !earlier.isAnswered && nowMs() <= (earlier.deadlineAtMs ?? 0) : action.state === 'pending';
    return !isSame && isOpen;
  });
  return mayTakeEffect ? [{ law: 4, text: 'a second redemption while the first may take effect' }] : [];
}

/** Law 11: once the chain shows what the shares pay and can be read, the position is closed within five minutes. */
export function checkEnds(evidence: Evidence): readonly Breach[] {
  const { row, chain, playing, calmAtMs, lastDisruptionAtMs, nowMs } = evidence;
  if (row?.state !== 'awaiting-resolution' || !isSettled(row)) return [];
  const { settlement } = row;
  // Told and repeated for days, or waiting for shares that left the wallet: not for this law.
  if (settlement.isRefusedForGood || settlement.missingSinceMs !== null) return [];
  const resolvedAtMs = row.mode === 'paper' ? playing.resolvesAtMs : chain.resolution?.atMs;
  if (resolvedAtMs === undefined) return [];
  const sinceMs = Math.max(resolvedAtMs, calmAtMs, lastDisruptionAtMs(), settlement.redeemAgainAtMs ?? 0);
  const lateMs = nowMs() - sinceMs;
  return lateMs > CLOSED_WITHIN_MS
    ? [{ law: 11, text: `still waiting ${Math.round(lateMs / 1_000)} s after the result could be settled` }]
    : [];
}
