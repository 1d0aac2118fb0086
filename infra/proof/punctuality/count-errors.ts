import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { parseJson } from '#lib/contracts/parse-input.ts';

/** Number of errors by name, the most frequent first. */
export type ErrorCounts = Readonly<Record<string, number>>;

const LineSchema = z.object({
  level: z.enum(['WARN', 'ERROR']),
  service: z.string(),
  message: z.string(),
  facts: z
    .object({
      errorName: z.string().optional(),
      errorCauses: z.array(z.object({ name: z.string() })).optional(),
    })
    .optional(),
});

/** Names of the warnings and errors in the functions' log file. Empty without a file. */
export function namesFromLog(file: string): readonly string[] {
  return readLines(file).flatMap((line) => {
    const parsed = LineSchema.safeParse(parseJson(line, 'a line of the log'));
    if (!parsed.success) return [];
    const { service, message, facts } = parsed.data;
    const names = [facts?.errorName ?? message, ...(facts?.errorCauses ?? []).map(({ name }) => name)];
    return [`${service}: ${names.join(' < ')}`];
  });
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}

export function countByName(names: readonly string[]): ErrorCounts {
  const groups = [...Map.groupBy(names, (name) => name)].map(([name, { length }]) => [name, length] as const);
  return Object.fromEntries(groups.sort(([, a], [, b]) => b - a));
}
