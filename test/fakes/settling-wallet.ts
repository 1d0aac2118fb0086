import type { Position } from '#lib/domain/position/position.ts';
import type { ConditionReading, Payout } from '#lib/domain/position/settlement-progress.ts';
import { CorruptRowError, VersionConflictError } from '#lib/errors/errors.ts';
import type { SettleDeps } from '#lib/lifecycle/settle/settle-deps.ts';
import type { PositionChange } from '#lib/ports/store/position-store.ts';
import { NO_REDEMPTION, type RedemptionStore, type WalletRedemption } from '#lib/ports/store/redemption-store.ts';
import type {
  RedemptionAnswer,
  RedemptionIntent,
  RedemptionPreparation,
  RedemptionState,
  Settlement,
} from '#lib/ports/wallet/settlement.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';

type SettlementCall = { readonly call: keyof Settlement; readonly deadlineAtMs: number; readonly about: unknown };

/** One wallet whose markets are over: its rows, its redemption, and a chain that answers as the test says. */
export type SettlingWallet = {
  readonly clock: FakeClock;
  readonly settlement: Settlement;
  readonly deps: Pick<SettleDeps, 'clock' | 'store' | 'redemptions'>;
  readonly script: {
    reading: ConditionReading | Error;
    payouts: readonly Payout[];
    prepared: RedemptionPreparation;
    answer: RedemptionAnswer | (() => never);
    state: RedemptionState;
    redemption: WalletRedemption;
  };
  readonly corruptIds: Set<string>;
  readonly calls: readonly SettlementCall[];
  readonly changes: readonly PositionChange[];
  /** Every write of the wallet's redemption, oldest first. */
  readonly redemptions: readonly WalletRedemption[];
  /** What the rows were told, without the times. */
  readonly facts: () => readonly unknown[];
};

export const SETTLING_INTENT: RedemptionIntent = {
  ...{ route: 'relayer', nonce: 4n, deadlineAtMs: null, calls: [], conditionIds: [], preparedAtBlock: 7_000n },
};

export function createSettlingWallet(nowMs: number, ...rows: readonly Position[]): SettlingWallet {
  const clock = createFakeClock(nowMs);
  const byId = new Map(rows.map((row) => [row.positionId, row]));
  const corruptIds = new Set<string>();
  const calls: SettlementCall[] = [];
  const changes: PositionChange[] = [];
  const written: WalletRedemption[] = [];
  const script: SettlingWallet['script'] = {
    reading: { blockNumber: 7_001n, blockAtMs: nowMs, payout: null, sharesMicros: 0n, otherSharesMicros: 0n },
    payouts: [],
    prepared: { outcome: 'prepared', intent: SETTLING_INTENT },
    answer: { outcome: 'accepted', reference: 'relayer-1' },
    state: { state: 'pending' },
    redemption: NO_REDEMPTION,
  };
  const store: SettleDeps['store'] = {
    find: async (positionId) => {
      if (corruptIds.has(positionId)) throw new CorruptRowError('The row does not match', { positionId });
      return byId.get(positionId);
    },
    listDue: async () => [...byId.keys()],
    save: async (change) => {
      const { positionId, version } = change.before;
      if (byId.get(positionId)?.version !== version) throw new VersionConflictError('Another writer changed the row');
      byId.set(positionId, change.after);
      changes.push(change);
    },
  };
  const redemptions: RedemptionStore = {
    findRedemption: async () => script.redemption,
    saveRedemption: async (_account, next) => {
      if (next.version !== script.redemption.version + 1) throw new VersionConflictError('Another writer was faster');
      script.redemption = next;
      written.push(next);
    },
  };
  const note = (call: keyof Settlement, deadlineAtMs: number, about: unknown): void => {
    calls.push({ call, deadlineAtMs, about });
  };
  const settlement: Settlement = {
    readCondition: async ({ positionId }, deadlineAtMs) => {
      note('readCondition', deadlineAtMs, positionId);
      if (script.reading instanceof Error) throw script.reading;
      return script.reading;
    },
    listPayouts: async (_position, afterBlock, deadlineAtMs, seenBlock, sinceMs) => {
      note('listPayouts', deadlineAtMs, { afterBlock, seenBlock, sinceMs });
      return script.payouts;
    },
    prepareRedemption: async (positions, deadlineAtMs) => {
      note(
        'prepareRedemption',
        deadlineAtMs,
        positions.map(({ positionId }) => positionId),
      );
      return script.prepared;
    },
    prepareMerge: async ({ positionId }, sharesMicros, deadlineAtMs) => {
      note('prepareMerge', deadlineAtMs, { positionId, sharesMicros });
      return script.prepared;
    },
    sendRedemption: async (intent, deadlineAtMs) => {
      note('sendRedemption', deadlineAtMs, intent);
      return typeof script.answer === 'function' ? script.answer() : script.answer;
    },
    findRedemption: async (intent, reference, deadlineAtMs) => {
      note('findRedemption', deadlineAtMs, { intent, reference });
      return script.state;
    },
  };
  return {
    ...{ clock, settlement, script, corruptIds, calls, changes, redemptions: written },
    deps: { clock, store, redemptions },
    facts: () => changes.map(({ event: { atMs: _, ...fact } }) => fact),
  };
}
