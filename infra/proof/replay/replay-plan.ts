import * as z from 'zod/mini';
import { levelShape, toAskedRules } from '#lib/contracts/rule-fields.ts';
import type { AskedRules } from '#lib/domain/plan/plan-rules.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';

/** `product`: the suite's own use cases, with rules where the policy names some. */
export type ReplayPolicy = { readonly kind: 'single-fak' } | { readonly kind: 'product'; readonly rules?: AskedRules };

export type ReplayPlan = {
  readonly policy: ReplayPolicy;
  readonly entryLeadMs: number;
  readonly exitLeadMs: number;
  readonly budgetMicros: bigint;
};

const RULE_FIELDS = {
  'stop-loss': 'stopLoss',
  'take-profit': 'takeProfit',
  'trailing-stop': 'trailingStop',
  'hold-above': 'holdAbove',
} as const;
type RuleName = keyof typeof RULE_FIELDS;

const RulesSchema = z.strictObject(levelShape);

/**
 * `product`, `single-fak`, or the product with rules: `stop-loss=20%`, `hold-above=0.95+take-profit=0.9`.
 * @throws InvalidInputError naming the part that is wrong
 */
export function parsePolicy(text: string): ReplayPolicy {
  if (text === 'single-fak') return { kind: 'single-fak' };
  if (text === 'product') return { kind: 'product' };
  const fields: Partial<Record<(typeof RULE_FIELDS)[RuleName], string>> = {};
  for (const part of text.split('+')) {
    const [name = '', level = ''] = part.split('=');
    if (!isRuleName(name) || level === '') throw new InvalidInputError(unknownPolicy(part));
    fields[RULE_FIELDS[name]] = level;
  }
  const parsed = RulesSchema.safeParse(fields);
  if (parsed.success) return { kind: 'product', ...toAskedRules(parsed.data) };
  const [issue] = parsed.error.issues;
  throw new InvalidInputError(`--policy "${text}": ${String(issue?.path[0] ?? '')} ${issue?.message ?? 'is wrong'}`);
}

function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(RULE_FIELDS, name);
}

function unknownPolicy(part: string): string {
  const rules = Object.keys(RULE_FIELDS).map((name) => `${name}=LEVEL`);
  return `--policy "${part}" is unknown. Name product, single-fak, or rules joined by +: ${rules.join(', ')}.`;
}
