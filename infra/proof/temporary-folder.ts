import { mkdtempSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Creates a folder for one run. A signal that ends the process removes it; the run itself removes it at its end. */
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
