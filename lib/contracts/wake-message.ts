import * as z from 'zod';
import { WAKE_SOURCES } from '#lib/ports/exit-queue.ts';

/**
 * Body of a message in the exit queue, version 1. Written by us, by EventBridge Scheduler (the timer's input) and by
 * `tminus exit`.
 */
export const WakeMessageSchema = z.strictObject({
  v: z.literal(1),
  positionId: z.string().min(1).max(64),
  wakeUpId: z.string().min(1).max(64),
  source: z.enum(WAKE_SOURCES),
});
