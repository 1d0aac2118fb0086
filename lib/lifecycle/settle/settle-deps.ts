import type { AwaitingResolutionPosition, Mode, Position } from '#lib/domain/position/position.ts';
import type { BlockRead } from '#lib/domain/position/position-event.ts';
import type { SettlementWait } from '#lib/domain/position/settlement-progress.ts';
import { type Evidence, recordEvent } from '#lib/lifecycle/record-event.ts';
import type { TradingAccounts } from '#lib/lifecycle/trading-account.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { RedemptionStore } from '#lib/ports/store/redemption-store.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import type { Settlement } from '#lib/ports/wallet/settlement.ts';

export type SettleDeps = {
  readonly clock: Clock;
  readonly store: Pick<PositionStore, 'save' | 'find' | 'listDue'>;
  readonly accounts: TradingAccounts;
  /** A mode without one keeps waiting, and never settles in another mode (law 7). */
  readonly settlements: Readonly<Partial<Record<Mode, Settlement>>>;
  readonly redemptions: RedemptionStore;
  /** Sources that are compared with the chain. They decide nothing, and one that does not answer is left out. */
  readonly results: readonly MarketResults[];
};

/** Nothing changed yet: the row says why, and when the next step is due. */
export async function wait(
  deps: Pick<SettleDeps, 'clock' | 'store'>,
  position: AwaitingResolutionPosition,
  reason: SettlementWait,
  read: BlockRead | null,
  text: string | null = null,
  evidence: Evidence = {},
): Promise<Position> {
  const atMs = deps.clock.nowMs();
  return recordEvent(deps, position, { type: 'settlement-waited', atMs, reason, text, read }, evidence);
}
