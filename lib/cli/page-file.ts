import { accessSync, closeSync, constants, openSync, readSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { isOwnPage } from '#lib/pages/page-shell.ts';

/** Enough of a file to see what it is. */
const HEAD_BYTES = 4_096;

/**
 * Before minutes of reading. A page of T-minus is replaced; no other file is.
 * @throws InvalidInputError
 */
export function checkPageFile(file: string): void {
  const head = readHead(file);
  if (head !== undefined && !isOwnPage(head)) {
    throw new InvalidInputError(`${file} exists and is no page of T-minus. Name another file, or remove it.`);
  }
  try {
    accessSync(head === undefined ? dirname(file) : file, constants.W_OK);
  } catch (error) {
    throw notWritable(file, error);
  }
}

/** @throws InvalidInputError */
export function writePage(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw notWritable(file, error);
  }
}

/** Undefined without a file; empty of a folder, and of a file that cannot be read. */
function readHead(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? undefined : '';
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString('utf8', 0, readSync(handle, head));
  } catch {
    // A folder.
    return '';
  } finally {
    closeSync(handle);
  }
}

function notWritable(file: string, cause: unknown): InvalidInputError {
  const message = `The report ${file} cannot be written. Name a file in a folder that exists, on a disk with room.`;
  return new InvalidInputError(message, {}, { cause });
}
