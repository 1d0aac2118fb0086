import * as z from 'zod/mini';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { parseInput } from './parse-input.ts';

const DAY_MS = 86_400_000;

/** A manual request; without a day it is for yesterday. */
const DayRequestSchema = z.strictObject({
  day: z.exactOptional(z.iso.date('must be a day such as 2026-11-22')),
});

/** The daily rule's event: its day is the one before the rule's time, even when it is handled late. */
const RuleEventSchema = z.object({ 'detail-type': z.string(), time: z.exactOptional(z.iso.datetime()) });

/**
 * The requested UTC day, which must be over.
 * @throws InvalidInputError
 */
export function decodeSummaryRequest(event: unknown, nowMs: number): { readonly day: string } {
  const yesterday = utcDay(nowMs - DAY_MS);
  const rule = RuleEventSchema.safeParse(event);
  if (rule.success) {
    return { day: rule.data.time === undefined ? yesterday : utcDay(Date.parse(rule.data.time) - DAY_MS) };
  }
  const { day = yesterday } = parseInput(DayRequestSchema, event, 'summary request');
  if (day <= yesterday) return { day };
  throw new InvalidInputError('The day is not over yet; ask for an earlier one', { day });
}
