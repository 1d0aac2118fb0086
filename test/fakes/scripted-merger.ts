import type { Payout } from '#lib/domain/position/settlement-progress.ts';
import type { WalletHoldings } from '#lib/domain/position/wallet-holdings.ts';
import type { RedemptionIntent, RedemptionState, Settlement } from '#lib/ports/wallet/settlement.ts';

/** What becomes of one action of the wallet. `lost`: it takes effect, without an answer; `void`: it never arrived. */
export type ActionFate = 'done' | 'refused' | 'reverts' | 'lost' | 'void';

type Action = { readonly intent: RedemptionIntent; readonly fate: ActionFate; readonly finalAtMs: number };

const FINAL_AFTER_MS = 4_000;
const VALID_FOR_MS = 60_000;

export type ScriptedMerger = {
  readonly settlement: Settlement;
  /** Fates of the next actions; without one they are done. */
  readonly fates: ActionFate[];
  readonly sent: readonly RedemptionIntent[];
  readonly mergedMicros: () => bigint;
  readonly redeemedMicros: () => bigint;
};

/** A chain that merges the pairs of one wallet, and redeems what is left once `isWon` says whether its token won. */
export function createScriptedMerger(
  nowMs: () => number,
  bought: () => Pick<WalletHoldings, 'sharesMicros' | 'otherSharesMicros'>,
  isWon: () => boolean | null,
): ScriptedMerger {
  const fates: ActionFate[] = [];
  const actions: Action[] = [];
  const paid: (Payout & { readonly isTaken: boolean })[] = [];
  const sumOf = (kind: Payout['kind']) =>
    paid.filter((each) => each.kind === kind).reduce((sum, { cashMicros }) => sum + cashMicros, 0n);
  const held = () => {
    const { sharesMicros, otherSharesMicros } = bought();
    const isTaken = paid.some((each) => each.isTaken);
    const leftOf = (micros: bigint) => (isTaken ? 0n : micros - sumOf('merge'));
    return { sharesMicros: leftOf(sharesMicros), otherSharesMicros: leftOf(otherSharesMicros) };
  };
  const pay = (kind: Payout['kind'], cashMicros: bigint): void => {
    const name = { transactionHash: `0x${kind}${paid.length + 1}`, blockNumber: BigInt(nowMs()), gasWei: null };
    paid.push({ kind, cashMicros, isTaken: kind === 'redemption', ...name });
  };
  const takeEffect = ({ intent, fate }: Action): void => {
    if (fate === 'void' || fate === 'reverts') return;
    const { sharesMicros, otherSharesMicros } = held();
    if (intent.isMerge) pay('merge', BigInt(intent.calls[0]?.data ?? 0));
    else pay('redemption', isWon() === true ? sharesMicros : otherSharesMicros);
  };
  const advance = (): void => {
    for (const [index, action] of actions.entries()) {
      if (done.has(index) || nowMs() < action.finalAtMs) continue;
      done.add(index);
      takeEffect(action);
    }
  };
  const done = new Set<number>();
  const nonce = () =>
    actions.filter(({ fate }, index) => done.has(index) && fate !== 'void' && fate !== 'reverts').length;
  const prepare = (conditionId: string, calls: RedemptionIntent['calls'], isMerge?: true): RedemptionIntent => ({
    ...{ route: 'relayer', nonce: BigInt(nonce()), deadlineAtMs: nowMs() + VALID_FOR_MS, calls },
    ...{ conditionIds: [conditionId], preparedAtBlock: BigInt(nowMs()), isMerge },
  });
  const stateOf = (intent: RedemptionIntent): RedemptionState => {
    const index = actions.findIndex(({ intent: { deadlineAtMs } }) => deadlineAtMs === intent.deadlineAtMs);
    const action = actions[index];
    const isOver = nowMs() > (intent.deadlineAtMs ?? 0);
    if (action === undefined || action.fate === 'void')
      return isOver ? { state: 'void', text: 'passed' } : { state: 'pending' };
    if (!done.has(index)) return { state: 'pending' };
    if (action.fate === 'reverts') return { state: 'reverted', text: 'the batch reverted' };
    return { state: 'done', blockNumber: BigInt(action.finalAtMs) };
  };
  const settlement: Settlement = {
    readCondition: async () => {
      advance();
      const won = isWon();
      const payout = won === null ? null : { own: won ? 1n : 0n, other: won ? 0n : 1n, total: 1n };
      return { blockNumber: BigInt(nowMs()), blockAtMs: nowMs(), payout, ...held() };
    },
    listPayouts: async ({ marketEndsAtMs }, afterBlock, _deadlineAtMs, _seenBlock, sinceMs = marketEndsAtMs) => {
      advance();
      const after = afterBlock ?? BigInt(sinceMs) - 1n;
      return paid.filter(({ blockNumber, cashMicros }) => blockNumber > after && cashMicros > 0n);
    },
    prepareRedemption: async ([position]) => ({
      outcome: 'prepared',
      intent: prepare(position?.conditionId ?? '', []),
    }),
    prepareMerge: async ({ conditionId }, sharesMicros) => ({
      outcome: 'prepared',
      intent: prepare(conditionId, [{ target: 'merger', data: sharesMicros.toString() }], true),
    }),
    sendRedemption: async (intent) => {
      const fate = fates.shift() ?? 'done';
      if (fate === 'refused') return { outcome: 'refused', text: 'the adapter is paused', isFinal: false };
      actions.push({ intent, fate, finalAtMs: nowMs() + FINAL_AFTER_MS });
      const isLost = fate === 'lost' || fate === 'void';
      return isLost ? { outcome: 'unknown', text: 'no answer' } : { outcome: 'accepted', reference: 'relayer' };
    },
    findRedemption: async (intent) => {
      advance();
      return stateOf(intent);
    },
  };
  return {
    settlement,
    fates,
    get sent() {
      return actions.map(({ intent }) => intent);
    },
    mergedMicros: () => sumOf('merge'),
    redeemedMicros: () => sumOf('redemption'),
  };
}
