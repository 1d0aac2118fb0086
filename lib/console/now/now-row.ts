import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import { type Look, sellBackOf } from '#lib/domain/plan/sell-back.ts';
import { latenessMsOf } from '#lib/domain/position/exit-lateness.ts';
import { remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { dueAtMs, isClosed, type Position } from '#lib/domain/position/position.ts';
import { describePosition, type PositionView, realisedPnlMicros } from '#lib/domain/position/position-view.ts';
import { exitRequestText, heldText, knownDollars } from '#lib/words/describe-shares.ts';
import { cents, centsOf, shares, signedDollars } from '#lib/words/money-text.ts';
import { titleOf } from '#lib/words/position-facts.ts';
import { EXIT_REASON_WORDS, setbackWords, stateWords } from '#lib/words/position-words.ts';
import { describeFired, describeRules } from '#lib/words/rule-words.ts';
import { toneOfPnl, toneOfState } from '#lib/words/tone.ts';
import type { NowRow } from './now-message.ts';

/** One position as the page shows it. `look`: the last book that was read for it. */
export function toNowRow(position: Position, look: Look | null, nowMs: number): NowRow {
  const view = describePosition(position);
  const words = stateWords(position.state, view);
  return {
    positionId: view.positionId,
    what: titleOf(view),
    marketSlug: view.marketSlug,
    mode: view.mode,
    isOpen: !isClosed(position),
    state: view.state,
    stateText: words.headline,
    stateMeaning: words.meaning,
    stateTone: toneOfState(position.state),
    openedAtMs: view.openedAtMs,
    marketEndsAtMs: view.marketEndsAtMs,
    exitDueAtMs: view.exitDueAtMs,
    exitAtMs: view.exitAtMs,
    closedAtMs: view.closedAtMs,
    exitReason: 'exitReason' in position ? EXIT_REASON_WORDS[position.exitReason] : null,
    shares: shares(view.sharesMicros),
    remaining: shares(view.remainingMicros),
    paid: knownDollars(view.costMicros),
    entry: centsOf(view.entryPrice),
    sold: view.exitPrice === null ? null : centsOf(view.exitPrice),
    ...priceOf(position, look),
    attemptCount: view.attemptCount,
    refusalCount: view.refusals.reduce((sum, { count }) => sum + count, 0),
    setbacks: view.refusals.map(({ cause, count }) => `${count} × ${setbackWords(cause)}`),
    nextStepAtMs: dueAtMs(position),
    exitLateMs: latenessMsOf(position),
    notes: notesOf(view, nowMs),
  };
}

type PriceFields = Pick<NowRow, 'bid' | 'bidAtMs' | 'isThin' | 'isRealised'> & ResultFields;

/**
 * A result is realised where nothing is held any more. Otherwise the bids count, and shares that they do not take as
 * zero.
 */
function priceOf(position: Position, look: Look | null): PriceFields {
  const { pnlMicros, closedAtMs } = describePosition(position);
  const nothing = { bid: null, bidAtMs: null, isThin: false };
  if (pnlMicros !== null) return { ...nothing, ...resultOf(BigInt(pnlMicros)), isRealised: true };
  if (closedAtMs !== null) return { ...nothing, ...resultOf(null), isRealised: true };
  const sharesMicros = remainingSharesMicros(position);
  const sellBack = look === null ? null : sellBackOf(look, sharesMicros, position);
  const [best] = look?.book?.bids ?? [];
  if (look?.book == null || best === undefined || sellBack === null) {
    return { ...nothing, ...resultOf(null), isRealised: false };
  }
  const sale = { side: 'SELL', orderType: 'FAK', sharesMicros, limitPriceMicros: 1n } as const;
  const { valueMicros, feesMicros } = totalsOfSlices(walkBook(look.book, sale), position.feeRateMicros);
  const realised = realisedPnlMicros(position);
  return {
    bid: cents(best.priceMicros),
    bidAtMs: look.atMs,
    isThin: !sellBack.isWhole,
    ...resultOf(realised === null ? null : realised + valueMicros - feesMicros),
    isRealised: false,
  };
}

type ResultFields = Pick<NowRow, 'result' | 'resultMicros' | 'resultTone'>;

function resultOf(micros: bigint | null): ResultFields {
  if (micros === null) return { result: null, resultMicros: null, resultTone: 'quiet' };
  return { result: signedDollars(micros), resultMicros: micros.toString(), resultTone: toneOfPnl(micros) };
}

function notesOf(view: PositionView, nowMs: number): readonly string[] {
  const asked = exitRequestText(view);
  return [
    describeFired(view) ?? (view.closedAtMs === null ? describeRules(view) : null),
    asked === null ? null : `asked to sell ${asked}`,
    heldText(view, nowMs),
  ].filter((text) => text !== null);
}
