/** Why sells are refused, and what else goes wrong on such a night; the order is that of the report. */
export const INCIDENT_CAUSE_NAMES = [
  'nothing-wrong',
  'unsettled-buy',
  'stale-balance',
  'own-resting-orders',
  'stuck-matched-counter',
  'fewer-shares',
  'missing-approval',
  'missing-approval-paged',
  'wrong-wallet',
  'already-sold',
  'shares-gone',
  'wrong-token',
  'market-over',
  'ghost-fill',
  'lost-answer',
] as const;

export type IncidentCauseName = (typeof INCIDENT_CAUSE_NAMES)[number];
