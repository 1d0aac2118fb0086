import type { NoticeLedger } from '#lib/ports/store/notice-ledger.ts';

/** The notice ledger in memory. */
export function createFakeNoticeLedger(deps: { readonly nowMs: () => number }): NoticeLedger {
  const rows = new Map<string, { readonly leaseUntilMs: number; readonly isSent: boolean }>();
  return {
    claim: async (noticeKey, leaseMs) => {
      const row = rows.get(noticeKey);
      if (row?.isSent) return 'sent';
      if (row !== undefined && row.leaseUntilMs > deps.nowMs()) return 'busy';
      rows.set(noticeKey, { leaseUntilMs: deps.nowMs() + leaseMs, isSent: false });
      return 'claimed';
    },
    markSent: async (noticeKey) => {
      rows.set(noticeKey, { leaseUntilMs: 0, isSent: true });
    },
    isSent: async (noticeKey) => rows.get(noticeKey)?.isSent === true,
    release: async (noticeKey) => {
      if (rows.get(noticeKey)?.isSent === false) rows.delete(noticeKey);
    },
  };
}
