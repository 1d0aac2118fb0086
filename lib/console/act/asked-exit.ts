import type { GuardBody } from '#lib/suite-client/invoke-guard.ts';
import type { OpenBody } from '#lib/suite-client/invoke-open.ts';
import type { ActionFact } from './action-message.ts';

/** Names of what a request may choose of its exit, as the forms have them. */
const NAMES = {
  exitAt: 'Exit at',
  exitLeadSeconds: 'Exit lead, seconds',
  floor: 'Not below, $ a share',
  slackTicks: 'Slack, ticks',
  stopLoss: 'Stop-loss',
  takeProfit: 'Take-profit',
  trailingStop: 'Trailing stop',
  holdAbove: 'Hold above',
  preset: 'Preset',
  merge: 'Merge',
} as const;

const isName = (name: string): name is keyof typeof NAMES => Object.hasOwn(NAMES, name);

/** What a request chooses itself, as it was written; the rest is the stage's. */
export function askedExit(body: OpenBody | GuardBody): readonly ActionFact[] {
  const chosen = Object.entries(body).flatMap(([name, value]) =>
    isName(name) ? [{ name: NAMES[name], text: String(value) }] : [],
  );
  return chosen.length > 0 ? chosen : [{ name: 'Exit', text: 'as the stage has it' }];
}
