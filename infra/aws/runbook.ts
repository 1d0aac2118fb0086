/** The headings of OPERATE.md that say what to do. Every alarm's text ends with one of them. */
export const RUNBOOK_SECTIONS = {
  positionOverdue: 'Position past its end',
  sweepSilent: 'Sweep silent',
  canary: 'Canary silent or late',
  exitsFailing: 'Exits failing',
  venueDrift: 'The venue has changed',
  unknownOrder: 'Order of unknown outcome',
  lateExits: 'Late timers and orders',
  deadExits: 'Dead letters: exits',
  deadSettlements: 'Dead letters: settlements',
  deadTimers: 'Dead letters: timers',
  deadNews: 'Dead letters: news',
  deadEvents: 'Dead letters: failed events',
  exitQueueStuck: 'Exit queue not consumed',
  settleQueueStuck: 'Settle queue not consumed',
  gasLow: 'Gas low',
  walletUnread: 'Wallet not read',
  functionErrors: 'Function errors and throttles',
  tableTrouble: 'Table errors and throttles',
  discord: 'Discord not delivered',
  signingKey: 'Signing key in danger',
} as const;

export type RunbookSection = (typeof RUNBOOK_SECTIONS)[keyof typeof RUNBOOK_SECTIONS];

export function runbookLine(section: RunbookSection, stage: string): string {
  if (section.startsWith('Dead letters')) {
    return `What to do: run "tminus dead-letters list --stage ${stage}"; OPERATE.md, "${section}".`;
  }
  return `What to do: OPERATE.md, "${section}".`;
}
