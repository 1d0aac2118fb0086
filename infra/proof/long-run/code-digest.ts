import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** All that a simulated life is made of. */
const FOLDERS = [
  'lib/adapters/paper',
  'lib/contracts',
  'lib/domain',
  'lib/errors',
  'lib/lifecycle',
  'lib/ports',
  'lib/runtime',
  'lib/simulation',
  'lib/venue',
];
const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Changes with every change of the code that decides what a seed comes to, committed or not. */
export function digestSimulator(root: string = ROOT): string {
  const hash = createHash('sha256');
  for (const folder of FOLDERS) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((each) => each.endsWith('.ts')).toSorted()) {
      hash.update(`${folder}/${name.replaceAll(sep, '/')}\0`).update(readFileSync(join(root, folder, name)));
    }
  }
  return hash.digest('hex');
}

export function digestText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
