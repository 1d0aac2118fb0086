import type { AskLog, AskRecord } from '#lib/ports/store/ask-log.ts';

/** The log of asks in memory. */
export function createMemoryAskLog(): AskLog {
  const rows = new Map<string, AskRecord>();
  return {
    claim: async (ask) => {
      const known = rows.get(ask.askId);
      if (known !== undefined) return known;
      rows.set(ask.askId, { ...ask, offer: null, takenBy: null, answer: null });
      return 'new';
    },
    find: async (askId) => rows.get(askId),
    saveAnswer: async (askId, answer, offer) => {
      const row = rows.get(askId);
      if (row === undefined) throw new Error(`There is no ask ${askId}`);
      const kept = row.answer ?? answer;
      rows.set(askId, { ...row, answer: kept, offer: row.offer ?? offer });
      return kept;
    },
    takeOffer: async (askId, takerId) => {
      const row = rows.get(askId);
      if (row === undefined || (row.takenBy !== null && row.takenBy !== takerId)) return 'taken-before';
      rows.set(askId, { ...row, takenBy: takerId });
      return 'taken';
    },
  };
}
