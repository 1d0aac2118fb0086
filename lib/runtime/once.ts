/**
 * Makes a value on first use and keeps it. A failure is not kept, so that the next event tries again. Concurrent
 * callers share one try.
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
