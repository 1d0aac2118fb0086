import * as z from 'zod/mini';
import { SinceSchema, sinceMs } from '#lib/contracts/api/requests.ts';
import { parseInput } from '#lib/contracts/parse-input.ts';
import { CliError, EXIT_CODES } from './cli-error.ts';

/** By the options' names, which the errors repeat. */
const SinceOption = z.object({ '--since': SinceSchema });
const UntilOption = z.object({ '--until': SinceSchema });

/** The moment of `--since`. @throws InvalidInputError */
export function parseSince(text: string, nowMs: number): number {
  return sinceMs(parseInput(SinceOption, { '--since': text }, 'option')['--since'], nowMs);
}

/** From `--since` to `--until`, or to now where that comes first. @throws InvalidInputError, CliError 2 */
export function parseSpan({ since, until }: { readonly since: string; readonly until?: string }, nowMs: number) {
  const fromMs = parseSince(since, nowMs);
  const untilMs = until === undefined ? nowMs : Math.min(parseUntil(until, nowMs), nowMs);
  if (fromMs < untilMs) return { sinceMs: fromMs, untilMs };
  throw new CliError(EXIT_CODES.usage, 'usage', 'The time of --since must be before the time of --until, and past.');
}

function parseUntil(text: string, nowMs: number): number {
  const until = parseInput(UntilOption, { '--until': text }, 'option')['--until'];
  return 'atMs' in until ? until.atMs : nowMs - until.agoMs;
}
