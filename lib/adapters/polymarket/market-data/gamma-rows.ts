/**
 * The rows of one of Gamma's lists: an array, or in the keyset form an object with the rows and a cursor. Undefined for
 * any other answer.
 */
export function rowsOf(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  // A market has a list of its events, and an event one of its markets.
  if (typeof body !== 'object' || body === null || 'slug' in body) return undefined;
  for (const name of ['markets', 'events', 'data', 'results']) {
    const rows: unknown = Reflect.get(body, name);
    if (Array.isArray(rows)) return rows;
  }
  return undefined;
}
