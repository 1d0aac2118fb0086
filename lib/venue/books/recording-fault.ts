import { InvalidInputError } from '#lib/errors/errors.ts';

export function recordingFault(name: string, lineNumber: number, fault: string): InvalidInputError {
  return new InvalidInputError(`Recording ${name}, line ${lineNumber}: ${fault}`, { line: lineNumber });
}
