import * as z from 'zod/mini';
import { WAKE_SOURCES } from '#lib/ports/exit-queue.ts';

/** The ids of this suite, as the row's key and the log carry them. */
const ID = /^[A-Za-z0-9._:#-]{1,64}$/;
const IdSchema = z.string().check(z.regex(ID, 'must be 1 to 64 letters, digits or . _ : # -'));

/**
 * Body of a message in the exit queue, version 1. Written by us, by EventBridge Scheduler (the timer's input) and by
 * `tminus exit`.
 */
export const WakeMessageSchema = z.strictObject({
  v: z.literal(1),
  positionId: IdSchema,
  wakeUpId: IdSchema,
  source: z.enum(WAKE_SOURCES),
  plannedAtMs: z.exactOptional(z.int().check(z.gte(0))),
});
