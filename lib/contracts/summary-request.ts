import * as z from 'zod';
import { utcDay } from '#lib/domain/risk-limits.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { parseInput } from './parse-input.ts';

const DAY_MS = 86_400_000;

/** A day asked for by hand. */
const DayRequestSchema = z.strictObject({
  day: z.iso.date('must be a day such as 2026-11-22'),
});

/** The daily rule's event: the day is the one before the rule's own time. */
const RuleEventSchema = z.object({ 'detail-type': z.string(), time: z.iso.datetime() });

/**
 * Which UTC day is asked for. A day that is not over cannot be summed up.
 * @throws InvalidInputError
 */
export function decodeSummaryRequest(event: unknown, nowMs: number): { readonly day: string } {
  const rule = RuleEventSchema.safeParse(event);
  const day = rule.success
    ? utcDay(Date.parse(rule.data.time) - DAY_MS)
    : parseInput(DayRequestSchema, event, 'summary request').day;
  if (day < utcDay(nowMs)) return { day };
  throw new InvalidInputError('The day is not over yet; ask for an earlier one', { day });
}
