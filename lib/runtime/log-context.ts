import { AsyncLocalStorage } from 'node:async_hooks';
import type { LogFields } from './log.ts';

/** Records of a batch run side by side: fields on a shared logger would land on each other's lines. */
const contexts = new AsyncLocalStorage<{ fields: LogFields }>();

/** The fields that every line logged from here has. */
export function logFields(): LogFields {
  return contexts.getStore()?.fields ?? {};
}

/** Runs `run`, whose lines have these fields beside those around it. */
export function withLogFields<T>(fields: LogFields, run: () => T): T {
  return contexts.run({ fields: { ...logFields(), ...fields } }, run);
}

/** For what is known only later, such as a position's id. Holds until the end of the nearest `withLogFields`. */
export function addLogFields(fields: LogFields): void {
  const context = contexts.getStore();
  if (context !== undefined) context.fields = { ...context.fields, ...fields };
}
