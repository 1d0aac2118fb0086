/**
 * Makes a thing on first use and keeps it. A failed try is forgotten, so that the next event tries again instead of the
 * function staying broken until Lambda replaces it. Callers that arrive while it is being made share one try.
 */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    if (made !== undefined) return made;
    const attempt = Promise.resolve().then(make);
    made = attempt;
    attempt.catch(() => {
      made = undefined;
    });
    return attempt;
  };
}
