import type { Terminal } from '#lib/cli/terminal.ts';
import type { Owner } from './open-owner.ts';
export type ByHand = {
  conditionId: string;
  market: string;
  cashMicros: bigint;
  transactionHashes: readonly string[];
  what: string;
};
export async function recordByHand(_terminal: Terminal, _owner: Owner, _done: readonly ByHand[]): Promise<void> {}
