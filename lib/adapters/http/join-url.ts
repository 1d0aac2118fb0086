/** Path and query on a configured host, which may end in a slash or carry a path of its own. */
export function joinUrl(host: string, path: string, query: Readonly<Record<string, string>> = {}): string {
  const search = new URLSearchParams(query).toString();
  return `${host.replace(/\/+$/, '')}${path}${search === '' ? '' : `?${search}`}`;
}
