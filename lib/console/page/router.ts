import { useEffect, useState } from 'preact/hooks';

/** `#/position/01J…`: the page, and what follows it. */
export type Route = { readonly page: string; readonly params: readonly string[] };

export function routeOf(hash: string): Route {
  const [page = '', ...params] = hash.replace(/^#\/?/, '').split('/').map(decode);
  return { page, params };
}

export const linkTo = (page: string, ...params: readonly string[]): string =>
  `#/${[page, ...params].map(encodeURIComponent).join('/')}`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const update = (): void => setHash(location.hash);
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return routeOf(hash);
}
