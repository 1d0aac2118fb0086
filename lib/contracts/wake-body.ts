import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { parseInput, parseJson } from './parse-input.ts';
import { WakeMessageSchema } from './wake-message.ts';

/** Text of a wake message, as the exit queue carries it. A message that is sent on is no timer's own any more. */
export function encodeWakeMessage(message: WakeMessage): string {
  const { positionId, wakeUpId, source } = message;
  return JSON.stringify({ v: 1, positionId, wakeUpId, source });
}

/** Text of the message that a timer, set to `plannedAtMs`, puts into the exit queue. */
export function encodeTimerMessage(positionId: string, wakeUpId: string, plannedAtMs: number): string {
  return JSON.stringify({ v: 1, positionId, wakeUpId, source: 'timer', plannedAtMs });
}

/** @throws InvalidInputError when the text is not a wake message of a version we know */
export function decodeWakeMessage(body: string): WakeMessage {
  const { v: _version, ...message } = parseInput(WakeMessageSchema, parseJson(body, 'wake message'), 'wake message');
  return message;
}
