import type { FiringRule } from '#lib/domain/position/exit-policy.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import { centsOf } from './money-text.ts';
import { wordsOr } from './position-words.ts';

/** Names of rules, by the name on the wire. */
export const RULE_WORDS = {
  'stop-loss': 'stop-loss',
  'take-profit': 'take-profit',
  'trailing-stop': 'trailing stop',
} as const satisfies Record<FiringRule, string>;

/**
 * "stop-loss 45.0¢, trailing stop 10.0¢ below the highest (now 61.0¢)"; null where there are none and none was refused.
 */
export function describeRules({ rules, refusedPreset }: Pick<PositionView, 'rules' | 'refusedPreset'>): string | null {
  if (rules === null) return refusedPreset === null ? null : refusedText(refusedPreset);
  const { stopLoss, takeProfit, trailingStop, trailingLevel, holdAbove, preset } = rules;
  const now = trailingLevel === null ? '' : ` (now ${centsOf(trailingLevel)})`;
  const parts = [
    ...(stopLoss === null ? [] : [`stop-loss ${centsOf(stopLoss)}`]),
    ...(takeProfit === null ? [] : [`take-profit ${centsOf(takeProfit)}`]),
    ...(trailingStop === null ? [] : [`trailing stop ${centsOf(trailingStop)} below the highest${now}`]),
    ...(holdAbove === null ? [] : [holdWords(holdAbove)]),
  ];
  if (parts.length === 0) return null;
  return `${parts.join(', ')}${preset === null ? '' : `; preset ${preset}`}`;
}

function holdWords(holdAbove: string): string {
  return Number(holdAbove) === 0 ? 'held to the end at any price' : `held at its exit from ${centsOf(holdAbove)} on`;
}

/** Without a full stop: it ends a sentence on a card, and a line elsewhere. */
function refusedText({ preset, message }: NonNullable<PositionView['refusedPreset']>): string {
  return `none, those of preset ${preset} were refused: ${message.replace(/\.$/, '')}`;
}

/** "stop-loss: all shares would sell at 44.0¢, its level is 45.0¢"; null while none has fired. */
export function describeFired({ firedRule }: Pick<PositionView, 'firedRule'>): string | null {
  if (firedRule === null) return null;
  const { rule, price, level } = firedRule;
  return `${wordsOr(RULE_WORDS, rule)}: all shares would sell at ${centsOf(price)}, its level is ${centsOf(level)}`;
}
