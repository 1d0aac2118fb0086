import { ConfigError } from '#lib/errors/errors.ts';

export type RpcEndpoint = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Removes every part of the address that may be a provider's key. */
  redact(text: string): string;
};

/** Shorter parts of an address are words such as "v2", not keys. */
const SECRET_LENGTH_MIN = 8;

/**
 * Reads the address of a JSON-RPC server. Providers put their key into path, query, subdomain or user name, so no part
 * of the address may appear in an error. User name and password go into a header: Node refuses them in a request's
 * address.
 * @throws ConfigError without the value
 */
export function toRpcEndpoint(rpcUrl: string): RpcEndpoint {
  const url = parseUrl(rpcUrl);
  const { username, password, hostname, pathname, search } = url;
  url.username = '';
  url.password = '';
  const parts = [username, password, ...hostname.split('.'), ...pathname.split('/'), ...search.split(/[?&=]/)];
  const secrets = [rpcUrl, url.href, ...parts.flatMap((part) => [part, decode(part)])]
    .filter((part) => part.length >= SECRET_LENGTH_MIN)
    // Longest first: replacing a part of a key would leave the rest of it readable.
    .sort((a, b) => b.length - a.length);
  const isNamed = username !== '' || password !== '';
  return {
    url: url.href,
    headers: isNamed ? { authorization: `Basic ${btoa(`${decode(username)}:${decode(password)}`)}` } : {},
    redact: (text) => secrets.reduce((rest, secret) => rest.split(secret).join('…'), text),
  };
}

function parseUrl(rpcUrl: string): URL {
  const url = URL.canParse(rpcUrl) ? new URL(rpcUrl) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new ConfigError('POLYGON_RPC_URL cannot be used: set it to the http(s) address of a JSON-RPC server');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
