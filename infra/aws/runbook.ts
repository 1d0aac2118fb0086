/** The headings of OPERATE.md that say what to do. Every alarm's text ends with one of them. */
export const RUNBOOK_SECTIONS = {
  positionOverdue: 'Position past its end',
  sweepSilent: 'Sweep silent',
  canary: 'Canary silent or late',
  exitsFailing: 'Exits failing',
  venueDrift: 'The venue has changed',
  unknownOrder: 'Order of unknown outcome',
  lateExits: 'Late timers and orders',
  deadLetters: 'Dead letters',
  exitQueueStuck: 'Exit queue not consumed',
  settleQueueStuck: 'Settle queue not consumed',
  gasLow: 'Gas low',
  walletUnread: 'Wallet not read',
  functionErrors: 'Function errors and throttles',
  tableTrouble: 'Table errors and throttles',
  discord: 'Discord not delivered',
} as const;

export type RunbookSection = (typeof RUNBOOK_SECTIONS)[keyof typeof RUNBOOK_SECTIONS];

export function runbookLine(section: RunbookSection): string {
  return `What to do: OPERATE.md, "${section}".`;
}
