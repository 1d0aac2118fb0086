/** A bug or an altered row. Nothing is written, the message becomes a dead letter, and the operator is paged. */
export class BrokenLawError extends Error {
  override readonly name = 'BrokenLawError';
}

export function assertLaw(holds: boolean, message: string): asserts holds {
  if (!holds) throw new BrokenLawError(message);
}

/** Ends a switch over a union, so that an unhandled new member does not compile. */
export function assertNever(value: never): never {
  // Objects are not quoted: they may hold bigints, which have no JSON, and data that does not belong in a log.
  const met: unknown = value;
  throw new BrokenLawError(`Unhandled case ${typeof met === 'string' ? met.slice(0, 40) : typeof met}`);
}
