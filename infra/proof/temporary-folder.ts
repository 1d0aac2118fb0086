import { mkdtempSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A new folder for one run, which Ctrl-C takes away with the process; at its own end the run removes it. */
export function makeTemporaryFolder(parent: string, prefix: string): string {
  const folder = mkdtempSync(join(parent, prefix));
  for (const name of SIGNALS) {
    process.once(name, () => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(128 + constants.signals[name]);
    });
  }
  return folder;
}
