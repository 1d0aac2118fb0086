import * as z from 'zod/mini';
import { WAKE_SOURCES, type WakeMessage } from '#lib/ports/exit-queue.ts';
import { exitPartShape, toExitPart } from './exit-part.ts';
import { parseInput, parseJson } from './parse-input.ts';

const ID = /^[A-Za-z0-9._:#-]{1,64}$/;
export const IdSchema = z.string().check(z.regex(ID, 'must be 1 to 64 letters, digits or . _ : # -'));

/**
 * Body of a message in the exit queue or the settle queue, version 1: sent by the functions, by EventBridge Scheduler
 * and by `tminus exit`.
 */
export const WakeMessageSchema = z.strictObject({
  v: z.literal(1),
  positionId: IdSchema,
  wakeUpId: IdSchema,
  source: z.enum(WAKE_SOURCES),
  plannedAtMs: z.exactOptional(z.int().check(z.gte(0))),
  lookUntilMs: z.exactOptional(z.int().check(z.gte(0))),
  to: z.exactOptional(z.literal('settle')),
  exit: z.exactOptional(
    z.pipe(
      z.strictObject({ requestId: IdSchema, ...exitPartShape }),
      z.transform(({ requestId, ...part }) => ({ requestId, ...toExitPart(part) })),
    ),
  ),
});

/**
 * The body without `plannedAtMs`: a message that is sent on no longer measures the timer. Nor is it a request any more:
 * `exit` is in messages by hand alone.
 */
export function encodeWakeMessage(message: WakeMessage): string {
  const { positionId, wakeUpId, source, lookUntilMs, to } = message;
  return JSON.stringify({
    ...{ v: 1, positionId, wakeUpId, source },
    ...(lookUntilMs !== undefined && { lookUntilMs }),
    ...(to !== undefined && { to }),
  });
}

/** Body of the message that a timer set to `plannedAtMs` sends to the exit queue. */
export function encodeTimerMessage(positionId: string, wakeUpId: string, plannedAtMs: number): string {
  return JSON.stringify({ v: 1, positionId, wakeUpId, source: 'timer', plannedAtMs });
}

/** @throws InvalidInputError when the text is not a wake message of a known version */
export function decodeWakeMessage(body: string): WakeMessage {
  const { v: _version, ...message } = parseInput(WakeMessageSchema, parseJson(body, 'wake message'), 'wake message');
  return message;
}
