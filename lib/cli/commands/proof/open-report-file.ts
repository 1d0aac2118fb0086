import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidInputError } from '#lib/errors/errors.ts';

/** Checked before hours of playing. @throws InvalidInputError for a file that cannot be written */
export function openReportFile(file: string): (text: string) => void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    closeSync(openSync(file, 'a'));
  } catch (error) {
    throw new InvalidInputError(
      `The report cannot be written to "${file}". Name another file with --out.`,
      {},
      {
        cause: error,
      },
    );
  }
  return (text) => writeFileSync(file, text);
}
