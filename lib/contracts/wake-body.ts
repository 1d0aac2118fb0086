import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { parseInput, parseJson } from './parse-input.ts';
import { WakeMessageSchema } from './wake-message.ts';

/** Text of a wake message, as the exit queue and the timer carry it. */
export function encodeWakeMessage(message: WakeMessage): string {
  const { positionId, wakeUpId, source } = message;
  return JSON.stringify({ v: 1, positionId, wakeUpId, source });
}

/** @throws InvalidInputError when the text is not a wake message of a version we know */
export function decodeWakeMessage(body: string): WakeMessage {
  const { v: _version, ...message } = parseInput(WakeMessageSchema, parseJson(body, 'wake message'), 'wake message');
  return message;
}
