import { toBlockRead } from '#lib/domain/plan/plan-settlement.ts';
import { holdsNothing, isLost, isSettled } from '#lib/domain/position/fill-totals.ts';
import type { AwaitingResolutionPosition, Position } from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';
import type { ConditionReading } from '#lib/domain/position/settlement-progress.ts';
import { CorruptRowError, VersionConflictError } from '#lib/errors/errors.ts';
import { recordResult } from '#lib/lifecycle/record-event.ts';
import type { WalletRedemption } from '#lib/ports/store/redemption-store.ts';
import type { RedemptionAnswer, RedemptionIntent, Settlement } from '#lib/ports/wallet/settlement.ts';
import { type SettleDeps, wait } from './settle-deps.ts';

export type RedeemDeps = SettleDeps & { readonly settlement: Settlement };

const READ_DEADLINE_MS = 4_000;
const SEND_DEADLINE_MS = 8_000;
/** How long after the deadline of the request an invocation may still act on its redemption. */
const LEASE_GRACE_MS = 2_000;
/** Conditions of one batch: 9 × 0.25 million gas stay far below a block's limit (venue §5.4). */
const BATCH_SIZE_MAX = 9;
/** Positions that are looked through for a batch. */
const OPEN_COUNT_MAX = 50;

type UnderWay = Exclude<WalletRedemption, { phase: 'idle' }>;

/** What one action of the wallet is to do for the position. */
export type WalletStep = { readonly step: 'redeem' } | { readonly step: 'merge'; readonly sharesMicros: bigint };

/**
 * Redeems the shares of a resolved market, or merges pairs before that, one action per wallet at a time. The intent is
 * saved before it is sent. A lost answer is settled by the chain (nonce, receipt, passed deadline) before anything else
 * is sent, so that no crash and no silence makes a second one.
 */
export async function redeemShares(
  deps: RedeemDeps,
  position: AwaitingResolutionPosition,
  reading: ConditionReading,
  step: WalletStep,
): Promise<Position> {
  const current = await deps.redemptions.findRedemption(position);
  try {
    const idle: Settled | null = current.phase === 'idle' ? current : await settleUnderWay(deps, position, current);
    if (idle === null) return await waitForWallet(deps, position, reading);
    if (idle.failed !== undefined && isOf(idle.failed.intent, position)) {
      const { intent, text } = idle.failed;
      return await recordFailure(deps, position, { ...ofMerge(intent), text, isFinal: false, retryAfterMs: null });
    }
    // The reading is from before the last redemption took effect.
    if (reading.blockNumber < (idle.settledAtBlock ?? 0n)) return await waitForWallet(deps, position, reading);
    return await sendNew(deps, position, idle, step);
  } catch (error) {
    // Another position of the wallet came first.
    if (!(error instanceof VersionConflictError)) throw error;
    return waitForWallet(deps, position, reading);
  }
}

function waitForWallet(deps: RedeemDeps, position: AwaitingResolutionPosition, reading: ConditionReading) {
  return wait(deps, position, 'redemption-under-way', toBlockRead(position, reading));
}

function isOf({ conditionIds }: RedemptionIntent, { conditionId }: Pick<Position, 'conditionId'>): boolean {
  return conditionIds.some((each) => each.toLowerCase() === conditionId.toLowerCase());
}

type IdleRedemption = WalletRedemption & { readonly phase: 'idle' };
type Settled = IdleRedemption & { readonly failed?: { readonly intent: RedemptionIntent; readonly text: string } };

/** Null while it may still take effect, or while the invocation that saved it may be at work. */
async function settleUnderWay(
  deps: RedeemDeps,
  position: AwaitingResolutionPosition,
  current: UnderWay,
): Promise<Settled | null> {
  const nowMs = deps.clock.nowMs();
  if (current.phase === 'posting' && nowMs < current.leaseUntilMs) return null;
  const { intent } = current;
  const reference = current.phase === 'sent' ? current.reference : null;
  const found = await deps.settlement.findRedemption(intent, reference, nowMs + READ_DEADLINE_MS);
  if (found.state === 'pending') return null;
  const settledAtBlock = found.state === 'done' ? found.blockNumber : current.settledAtBlock;
  const idle = { version: current.version + 1, settledAtBlock, phase: 'idle' } as const;
  await deps.redemptions.saveRedemption(position, idle);
  return found.state === 'done' ? idle : { ...idle, failed: { intent, text: found.text } };
}

async function sendNew(
  deps: RedeemDeps,
  position: AwaitingResolutionPosition,
  { version, settledAtBlock }: IdleRedemption,
  step: WalletStep,
): Promise<Position> {
  const { clock, redemptions, settlement } = deps;
  const kind = ofMerge({ isMerge: step.step === 'merge' ? true : undefined });
  const prepared = await prepare(deps, position, step);
  if (prepared.outcome === 'refused')
    return recordFailure(deps, position, { ...prepared, ...kind, retryAfterMs: null });
  const { intent } = prepared;
  const deadlineAtMs = clock.nowMs() + SEND_DEADLINE_MS;
  const leaseUntilMs = deadlineAtMs + LEASE_GRACE_MS;
  const claim = { version: version + 1, settledAtBlock, phase: 'posting', intent, leaseUntilMs } as const;
  await redemptions.saveRedemption(position, claim);
  const answer = await send(settlement, intent, deadlineAtMs);
  await redemptions.saveRedemption(position, afterAnswer(claim, answer));
  switch (answer.outcome) {
    case 'accepted':
      return recordSent(deps, position, { ...kind, reference: answer.reference, text: null });
    case 'unknown':
      return recordSent(deps, position, { ...kind, reference: null, text: shorten(answer.text) });
    case 'refused':
      return recordFailure(deps, position, { ...answer, ...kind, retryAfterMs: null });
    case 'not-sent':
      return recordFailure(deps, position, { ...answer, ...kind, isFinal: false, isCounted: false });
  }
}

/** A merge goes alone: until it is final, its shares are not those that a batch for others would find. */
async function prepare(deps: RedeemDeps, position: AwaitingResolutionPosition, step: WalletStep) {
  const { clock, settlement } = deps;
  if (step.step === 'merge') {
    return settlement.prepareMerge(position, step.sharesMicros, clock.nowMs() + READ_DEADLINE_MS);
  }
  const batch = [position, ...(await listOthers(deps, position))];
  return settlement.prepareRedemption(batch, clock.nowMs() + READ_DEADLINE_MS);
}

type MergeMark = { readonly isMerge?: true };

const ofMerge = ({ isMerge }: Pick<RedemptionIntent, 'isMerge'>): MergeMark => (isMerge ? { isMerge } : {});

async function send(settlement: Settlement, intent: RedemptionIntent, deadlineAtMs: number): Promise<RedemptionAnswer> {
  try {
    return await settlement.sendRedemption(intent, deadlineAtMs);
  } catch (error) {
    return { outcome: 'unknown', text: error instanceof Error ? error.message : 'the settlement threw no error' };
  }
}

function afterAnswer(claim: UnderWay, answer: RedemptionAnswer): WalletRedemption {
  const { version, settledAtBlock, intent } = claim;
  const next = { version: version + 1, settledAtBlock };
  switch (answer.outcome) {
    case 'accepted':
      return { ...next, phase: 'sent', intent, reference: answer.reference };
    case 'unknown':
      return { ...next, phase: 'unknown', intent };
    case 'refused':
    case 'not-sent':
      return { ...next, phase: 'idle' };
  }
}

/** The table refuses half a surrogate pair, which the cut or the other side may leave. */
const TEXT_LENGTH_MAX = 300;
const shorten = (text: string): string => text.slice(0, TEXT_LENGTH_MAX).toWellFormed();

function recordSent(
  deps: RedeemDeps,
  position: AwaitingResolutionPosition,
  sent: Pick<FactOf<'redemption-sent'>, 'reference' | 'text' | 'isMerge'>,
): Promise<Position> {
  return recordResult(deps, position, { type: 'redemption-sent', atMs: deps.clock.nowMs(), ...sent });
}

type Failure = Pick<FactOf<'redemption-failed'>, 'text' | 'isFinal' | 'retryAfterMs' | 'isMerge'> & {
  readonly isCounted?: boolean;
};

function recordFailure(
  deps: RedeemDeps,
  position: AwaitingResolutionPosition,
  { text, isFinal, retryAfterMs, isMerge, isCounted = true }: Failure,
): Promise<Position> {
  const failure = { text: shorten(text), isFinal, isCounted, retryAfterMs, ...ofMerge({ isMerge }) };
  const event = { type: 'redemption-failed', atMs: deps.clock.nowMs(), ...failure } as const;
  return recordResult(deps, position, event);
}

/**
 * Other positions of the wallet whose shares pay and were seen in it: one batch for all saves the wallet's quota. A
 * batch is all or nothing, so that one which failed before goes alone.
 */
async function listOthers(
  deps: RedeemDeps,
  position: AwaitingResolutionPosition,
): Promise<readonly AwaitingResolutionPosition[]> {
  if (position.settlement.redemptionFailureCount > 0) return [];
  const ids = await deps.store.listDue(Number.MAX_SAFE_INTEGER, OPEN_COUNT_MAX);
  const others = ids.filter((positionId) => positionId !== position.positionId);
  const rows = await Promise.all(others.map((positionId) => findReadable(deps, positionId)));
  const seen = new Set([position.conditionId.toLowerCase()]);
  const batch: AwaitingResolutionPosition[] = [];
  for (const row of rows) {
    const isOther = row?.mode === position.mode && row.wallet === position.wallet;
    if (!isOther || !isRedeemable(row) || seen.has(row.conditionId.toLowerCase())) continue;
    seen.add(row.conditionId.toLowerCase());
    batch.push(row);
  }
  return batch.slice(0, BATCH_SIZE_MAX - 1);
}

/** One corrupt row must not stop the redemption of the others. */
async function findReadable(deps: RedeemDeps, positionId: string): Promise<Position | undefined> {
  try {
    return await deps.store.find(positionId);
  } catch (error) {
    if (error instanceof CorruptRowError) return undefined;
    throw error;
  }
}

function isRedeemable(row: Position): row is AwaitingResolutionPosition {
  if (row.state !== 'awaiting-resolution' || !isSettled(row)) return false;
  const { payout, seenBlock, heldAtBlock, redemptionFailureCount, isRefusedForGood } = row.settlement;
  const pays = payout !== null && !isLost(row, payout) && !holdsNothing(row);
  const isHeld = heldAtBlock !== null && heldAtBlock === seenBlock;
  return pays && isHeld && redemptionFailureCount === 0 && !isRefusedForGood;
}
