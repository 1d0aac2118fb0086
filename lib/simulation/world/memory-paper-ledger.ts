import type { PaperAccount, PaperLedger, PaperLedgerState } from '#lib/ports/store/paper-ledger.ts';

const EMPTY: PaperLedgerState = { sequence: 0, orders: [] };

/** The paper ledger in memory, with the rules of the table. Orders never change in place. */
export function createMemoryPaperLedger(): PaperLedger {
  const states = new Map<string, PaperLedgerState>();
  const keyOf = ({ wallet, tokenId }: PaperAccount): string => JSON.stringify([wallet, tokenId]);
  return {
    async read(account) {
      return states.get(keyOf(account)) ?? EMPTY;
    },
    async record(account, sequence, order) {
      const state = states.get(keyOf(account)) ?? EMPTY;
      const known = state.orders.find(({ orderHash }) => orderHash === order.orderHash);
      if (known !== undefined) return known.recordId === order.recordId ? 'recorded' : 'duplicate';
      if (state.sequence !== sequence) return 'conflict';
      states.set(keyOf(account), { sequence: sequence + 1, orders: [...state.orders, order] });
      return 'recorded';
    },
  };
}
