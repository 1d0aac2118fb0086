import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidInputError } from '#lib/errors/errors.ts';

/** Checked before hours of playing. @throws InvalidInputError for a file that cannot be written */
export function openReportFile(file: string): (text: string) => void {
  if (!isWritable(file)) {
    throw new InvalidInputError(`The report cannot be written to "${file}". Name another file with --out.`);
  }
  return (text) => writeFileSync(file, text);
}

function isWritable(file: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true });
    accessSync(existsSync(file) ? file : dirname(file), constants.W_OK);
    return !existsSync(file) || statSync(file).isFile();
  } catch {
    return false;
  }
}
