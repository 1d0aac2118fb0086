import * as z from 'zod/mini';
import { MODES } from '#lib/domain/position/position.ts';
import { dollarsSchema } from './dollars-schema.ts';
import {
  exitTermsShape,
  MarketSlugSchema,
  RequestIdSchema,
  SideSchema,
  sideOfMarket,
  toOwnTerms,
} from './open-request.ts';
import { ruleShape } from './rule-fields.ts';
import { TimeInputSchema } from './time-input.ts';

const MILLION = 1_000_000_000_000n;

const amountSchema = (message: string) =>
  dollarsSchema(message).check(
    z.refine((micros) => micros > 0n && micros <= MILLION, { message: `${message}, more than 0 and at most 1000000` }),
  );

/**
 * Body of a guard request: shares that the wallet holds, or is about to receive, get wake-ups and an exit. Safe to
 * repeat: the same `requestId` never guards twice.
 */
export const GuardRequestSchema = z
  .strictObject({
    requestId: RequestIdSchema,
    marketSlug: MarketSlugSchema,
    side: SideSchema,
    mode: z.enum(MODES),
    /** The most that is managed. Default: all that the wallet holds or receives. On paper: what the wallet holds. */
    shares: z.exactOptional(amountSchema('must be a number of shares such as 40 or "40.5"')),
    /** An order was just placed: shares that are not there yet are waited for. */
    expectShares: z.exactOptional(z.boolean()),
    /** On paper alone: what the shares cost. */
    cost: z.exactOptional(amountSchema('must be an amount of dollars such as 25 or "25.50"')),
    ...exitTermsShape,
    ...ruleShape,
    exitAt: z.exactOptional(TimeInputSchema),
  })
  .check(
    sideOfMarket,
    z.refine(({ mode, shares }) => mode === 'live' || shares !== undefined, {
      path: ['shares'],
      message: 'must say how many shares the paper wallet is to hold: it has no chain to look at',
    }),
    z.refine(({ mode, cost }) => mode === 'paper' || cost === undefined, {
      path: ['cost'],
      message: "must be left out with live: it is read from the wallet's own trades",
    }),
    z.refine(({ cost, shares }) => cost === undefined || shares === undefined || cost <= shares, {
      path: ['cost'],
      message: 'must be what all these shares cost together, at most a dollar a share',
    }),
  );

export type GuardRequest = z.infer<typeof GuardRequestSchema>;

/** The request as `guardPosition` takes it. */
export function toGuardCommand(request: GuardRequest) {
  const { requestId, marketSlug, side, mode, shares, expectShares = false, cost, exitAt } = request;
  return {
    ...{ requestId, mode, marketSlug, outcome: side, expectShares },
    origin: 'guard' as const,
    ...(shares !== undefined && { sharesMicrosMax: shares }),
    ...(cost !== undefined && { costMicros: cost }),
    ...(exitAt !== undefined && { exitAtMs: exitAt }),
    terms: toOwnTerms(request),
  };
}
