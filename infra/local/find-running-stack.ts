import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { isRunning } from '#infra/shared/child-reaper.ts';
import { type StackDescription, stackFile } from './state-dir.ts';

const StackDescriptionSchema = z.object({
  pid: z.int().positive(),
  startedAtMs: z.int(),
  env: z.record(z.string(), z.string()),
});

/** Also checks the process, because a killed stack leaves its description behind. */
export function findRunningStack(stateDir: string): StackDescription | undefined {
  const description = StackDescriptionSchema.safeParse(readDescription(stateDir));
  return description.success && isRunning(description.data.pid) ? description.data : undefined;
}

function readDescription(stateDir: string): unknown {
  try {
    return JSON.parse(readFileSync(stackFile(stateDir), 'utf8'));
  } catch {
    return undefined;
  }
}
