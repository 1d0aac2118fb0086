import * as z from 'zod';
import { ApiErrorSchema, GuardedSchema } from '#lib/contracts/api/answers.ts';
import type { GuardedAnswer } from '#lib/contracts/guard-answer.ts';
import type { GuardRequestSchema } from '#lib/contracts/guard-request.ts';
import type { PositionAnswer } from '#lib/contracts/open-answer.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import {
  callOpenFunction,
  type Deed,
  type Failed,
  type InvokeDeps,
  PositionAnswerSchema,
  WHAT,
} from './invoke-open.ts';

/** The JSON body of a guard request, before it is parsed. */
export type GuardBody = z.input<typeof GuardRequestSchema>;

export type GuardReply =
  | GuardedAnswer
  /** The suite decided against it, or could not do it. `position` manages the market already. */
  | {
      readonly outcome: 'refused';
      readonly code: string;
      readonly message: string;
      readonly isRetryable: boolean;
      readonly position?: PositionAnswer | undefined;
    }
  | Failed;

const DEED: Deed = { nothing: 'nothing was guarded', unknown: 'it is not known whether the shares are guarded' };

/** The shapes of the API, with a position as a stack of an earlier release may give it. */
const GuardAnswerSchema = z.union([
  z.object({ ...GuardedSchema.shape, position: PositionAnswerSchema }),
  z
    .object({ error: ApiErrorSchema, position: PositionAnswerSchema.optional() })
    .transform(({ error: { code, message, retryable }, position }) => ({
      ...{ outcome: 'refused' as const, code, message, isRetryable: retryable, position },
    })),
]);

/** Calls the `open` function to guard. @throws InvalidInputError when its answer is not what the contract says */
export async function invokeGuard(deps: InvokeDeps, body: GuardBody): Promise<GuardReply> {
  const called = await callOpenFunction(deps, { action: 'guard', ...body }, DEED);
  return 'outcome' in called ? called : parseInput(GuardAnswerSchema, called.payload, WHAT);
}
