/**
 * A fact that cannot follow from what is recorded, or a step that would break a law (lib/domain/README.md): a bug, or a row
 * somebody tampered with. Nothing is written; the message ends in the dead-letter queue and a human is called.
 */
export class BrokenLawError extends Error {
  override readonly name = 'BrokenLawError';
}

export function assertLaw(holds: boolean, message: string): asserts holds {
  if (!holds) throw new BrokenLawError(message);
}

/** Ends a switch over a union: adding a member without handling it does not compile. */
export function assertNever(value: never): never {
  // Only a word is quoted: an object may hold amounts, which have no JSON, and more than a log should show.
  const met: unknown = value;
  throw new BrokenLawError(`Unhandled case ${typeof met === 'string' ? met.slice(0, 40) : typeof met}`);
}
