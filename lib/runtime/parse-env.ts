import type * as z from 'zod/mini';
import { IN_ENGLISH } from '#lib/contracts/parse-input.ts';
import { ConfigError } from '#lib/errors/errors.ts';

/**
 * An environment. Only functions and the command line read `process.env`, so that several stages fit in one process.
 */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment by a schema. An empty value counts as missing, because a template may leave one empty.
 * @throws ConfigError that names every missing or wrong variable, and never shows a value
 */
export function parseEnv<Schema extends z.ZodMiniType>(schema: Schema, env: Env): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const result = schema.safeParse(given, IN_ENGLISH);
  if (result.success) return result.data;
  const faults = new Map<string, string>();
  for (const issue of result.error.issues) {
    const name = String(issue.path[0] ?? 'environment');
    // A default can be wrong beside another variable without having been set.
    const isMissing = issue.code !== 'custom' && issue.path.length > 0 && !Object.hasOwn(given, name);
    if (!faults.has(name)) faults.set(name, isMissing ? 'is missing' : `is wrong (${issue.message})`);
  }
  const list = [...faults].map(([name, fault]) => `${name} ${fault}`).join('; ');
  throw new ConfigError(`The environment cannot be used: ${list}. Set these variables and start again.`);
}
