import * as z from 'zod/mini';
import type { ExitPolicy, ExitRules } from '#lib/domain/position/exit-policy.ts';
import { CountSchema, MicrosSchema } from './order-schema.ts';

const rungShape = {
  fromLeadMs: CountSchema,
  slackTicks: z.union([CountSchema, z.literal('any')]),
  blindPercent: z.int().check(z.gte(0), z.lte(100)),
};

/**
 * Rungs, policy and trades are most of a row, so they are stored without field names. A row with two trades then stays
 * below 2 kB, and a transactional write costs four units instead of six.
 */
const PriceRungSchema = z.codec(
  z.tuple([rungShape.fromLeadMs, rungShape.slackTicks, rungShape.blindPercent]),
  z.strictObject(rungShape),
  {
    decode: ([fromLeadMs, slackTicks, blindPercent]) => ({ fromLeadMs, slackTicks, blindPercent }),
    encode: ({ fromLeadMs, slackTicks, blindPercent }): [number, number | 'any', number] => [
      fromLeadMs,
      slackTicks,
      blindPercent,
    ],
  },
);

const POLICY_PLACES = [
  CountSchema,
  CountSchema,
  CountSchema,
  CountSchema,
  CountSchema,
  CountSchema,
  CountSchema,
  z.readonly(z.array(CountSchema)),
  CountSchema,
  CountSchema,
  MicrosSchema,
  z.readonly(z.array(PriceRungSchema)),
] as const;

const ExitRulesSchema = z.strictObject({
  stopLossMicros: z.optional(MicrosSchema),
  takeProfitMicros: z.optional(MicrosSchema),
  trailingStopMicros: z.optional(MicrosSchema),
  holdAboveMicros: z.optional(MicrosSchema),
  shares: z.optional(
    z.strictObject({
      stopLoss: z.optional(MicrosSchema),
      takeProfit: z.optional(MicrosSchema),
      trailingStop: z.optional(MicrosSchema),
    }),
  ),
  preset: z.optional(z.string()),
});

/** Then `true` where pairs may be merged, and the rules where there are any. Older rows have neither. */
const PolicyTupleSchema = z.tuple(POLICY_PLACES, z.union([z.literal(true), ExitRulesSchema]));

function rulesIn(chosen: readonly (true | ExitRules)[]): Pick<ExitPolicy, 'rules'> {
  const rules = chosen.find((place) => place !== true);
  return rules === undefined ? {} : { rules };
}

export const ExitPolicySchema = z.codec(PolicyTupleSchema, z.custom<ExitPolicy>(), {
  decode: ([
    exitLeadMs,
    deadlineLeadMs,
    lastOrderLeadMs,
    requestDeadlineMs,
    leaseGraceMs,
    prepareLeadMs,
    bookLeadMs,
    retryDelaysMs,
    slowRetryDelayMs,
    attemptCountMax,
    minPriceMicros,
    priceLadder,
    ...chosen
  ]) => ({
    exitLeadMs,
    deadlineLeadMs,
    lastOrderLeadMs,
    requestDeadlineMs,
    leaseGraceMs,
    prepareLeadMs,
    bookLeadMs,
    retryDelaysMs,
    slowRetryDelayMs,
    attemptCountMax,
    minPriceMicros,
    priceLadder,
    mayMerge: chosen.includes(true),
    ...rulesIn(chosen),
  }),
  encode: (policy): z.output<typeof PolicyTupleSchema> => [
    policy.exitLeadMs,
    policy.deadlineLeadMs,
    policy.lastOrderLeadMs,
    policy.requestDeadlineMs,
    policy.leaseGraceMs,
    policy.prepareLeadMs,
    policy.bookLeadMs,
    policy.retryDelaysMs,
    policy.slowRetryDelayMs,
    policy.attemptCountMax,
    policy.minPriceMicros,
    policy.priceLadder,
    ...(policy.mayMerge ? [true as const] : []),
    ...(policy.rules === undefined ? [] : [policy.rules]),
  ],
});
