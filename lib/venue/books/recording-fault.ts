import { InvalidInputError } from '#lib/errors/errors.ts';

/** The one form in which a recording is refused: file, line and fault. */
export function recordingFault(name: string, lineNumber: number, fault: string): InvalidInputError {
  return new InvalidInputError(`Recording ${name}, line ${lineNumber}: ${fault}`, { line: lineNumber });
}
