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

/** A rule that is named alone has this level; others are compared by the report. */
const USUAL_LEVELS: Readonly<Record<RuleName, string>> = {
  'stop-loss': '20%',
  'take-profit': '0.95',
  'trailing-stop': '20%',
  'hold-above': '0.95',
};

const RulesSchema = z.strictObject(levelShape);

/**
 * `product`, `single-fak`, or the product with rules: `stop-loss=20%`, `hold-above=0.95+take-profit=0.9`, `hold-above`.
 * @throws InvalidInputError naming the part that is wrong
 */
export function parsePolicy(text: string): ReplayPolicy {
  const parts = text.split('+');
  if (text === 'single-fak') return { kind: 'single-fak' };
  if (parts.includes('single-fak')) {
    throw new InvalidInputError(`--policy "${text}": single-fak has no rules. Name it alone.`);
  }
  const fields: Partial<Record<(typeof RULE_FIELDS)[RuleName], string>> = {};
  for (const part of parts) {
    // Rules are the product's.
    if (part === 'product') continue;
    const [name = '', level] = part.split('=');
    if (!isRuleName(name) || level === '') throw new InvalidInputError(unknownPolicy(part));
    if (fields[RULE_FIELDS[name]] !== undefined) {
      throw new InvalidInputError(`--policy "${text}" names ${name} twice.`);
    }
    fields[RULE_FIELDS[name]] = level ?? USUAL_LEVELS[name];
  }
  if (Object.keys(fields).length === 0) return { kind: 'product' };
  const parsed = RulesSchema.safeParse(fields);
  if (parsed.success) return { kind: 'product', ...toAskedRules(parsed.data) };
  const [issue] = parsed.error.issues;
  const field = String(issue?.path[0] ?? '');
  const name = Object.keys(RULE_FIELDS).find((each) => isRuleName(each) && RULE_FIELDS[each] === field) ?? field;
  throw new InvalidInputError(`--policy "${text}": ${name} ${issue?.message ?? 'is wrong'}`);
}

/** The policy with the levels that are played: `hold-above` says none. */
export function policyText(text: string): string {
  return text
    .split('+')
    .map((part) => (isRuleName(part) ? `${part}=${USUAL_LEVELS[part]}` : part))
    .join('+');
}

function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(RULE_FIELDS, name);
}

function unknownPolicy(part: string): string {
  const rules = Object.keys(RULE_FIELDS).map((name) => `${name}=LEVEL`);
  return `--policy "${part}" is unknown. Name product, single-fak, or rules joined by +: ${rules.join(', ')}.`;
}
