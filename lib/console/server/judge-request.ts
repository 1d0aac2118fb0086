import { createHash, timingSafeEqual } from 'node:crypto';

/** What the guard reads of a request. `port`: where it arrived. */
export type GuardedRequest = {
  /** Of the route that answers it; as it was written where none does. */
  readonly path: string;
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The header `Sec-Fetch-Site`, which browsers set and pages cannot. */
  readonly fetchSite: string | undefined;
  readonly authorization: string | undefined;
};

export type RequestRefusal = { readonly status: 401 | 403; readonly code: string; readonly message: string };

/** Everything below it needs the token. Files of the page need none: they hold nothing of the suite. */
export const API_PREFIX = '/api/';

const refuse = (status: 401 | 403, code: string, message: string): RequestRefusal => ({ status, code, message });

/**
 * Why a request is refused; null when it is answered. A page of another address may send requests here by the browser
 * of the owner: under its own name (`Origin`, `Sec-Fetch-Site`), or under a name of its own that resolves to 127.0.0.1
 * (`Host`). Pages of other ports of this machine are other addresses, too.
 */
export function judgeRequest(request: GuardedRequest, token: string): RequestRefusal | null {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${request.port}`);
  if (request.host === undefined || !hosts.includes(request.host.toLowerCase())) {
    return refuse(403, 'foreign-host', `The console answers only as ${hosts[0]}: open the address that it printed.`);
  }
  const { origin, fetchSite } = request;
  if (origin !== undefined && origin.toLowerCase() !== `http://${request.host.toLowerCase()}`) {
    return refuse(403, 'foreign-origin', 'The console answers only to its own page.');
  }
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') {
    return refuse(
      403,
      'cross-site',
      'The console answers only to its own page: paste its address into the address bar instead of following a link.',
    );
  }
  if (!request.path.startsWith(API_PREFIX) || isBearer(request.authorization, token)) return null;
  return refuse(
    401,
    'wrong-token',
    'This needs the token of the running console: open the address that `tminus console` printed.',
  );
}

/** Compared by digests of equal length, in constant time. */
function isBearer(authorization: string | undefined, token: string): boolean {
  return timingSafeEqual(digestOf(authorization ?? ''), digestOf(`Bearer ${token}`));
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
