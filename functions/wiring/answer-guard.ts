import type { Reply } from '#lib/contracts/api/reply.ts';
import { toGuardAnswer } from '#lib/contracts/guard-answer.ts';
import { GuardRequestSchema, toGuardCommand } from '#lib/contracts/guard-request.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { type GuardPositionDeps, guardPosition } from '#lib/lifecycle/guard/guard-position.ts';
import type { Log } from '#lib/runtime/log.ts';

/** Guards what the wallet holds. Apart, so that an opening does not load its code. */
export async function answerGuard(deps: () => Promise<GuardPositionDeps>, input: unknown, log: Log): Promise<Reply> {
  const request = parseInput(GuardRequestSchema, input, 'guard request');
  const { requestId } = request;
  const reply = toGuardAnswer(await guardPosition(await deps(), toGuardCommand(request)), requestId);
  log.info('Guarding ended', { requestId, ...reply.answer });
  return reply;
}
