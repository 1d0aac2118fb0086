import { appendFileSync } from 'node:fs';
import { createLineLog, type LineLogOptions } from './line-log.ts';
import type { Log } from './log.ts';

/** The lines CloudWatch would get, in a file. Several functions of one process may share the file. */
export function createFileLog({ file, ...options }: LineLogOptions & { readonly file: string }): Log {
  // One short write per line: lines of several functions do not mix, and a killed process has written what it said.
  return createLineLog((line) => appendFileSync(file, line), options);
}
