import { ConfigError } from '#lib/errors/errors.ts';

export type RpcEndpoint = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Takes out of a text whatever part of the address may be a provider's key. */
  redact(text: string): string;
};

/** Shorter parts of an address are words such as "v2", not keys. */
const SECRET_LENGTH_MIN = 8;

/**
 * Reads the address of a JSON-RPC server. Providers put their key into its path, query, subdomain or user name, so nothing of
 * it may show up in an error; user name and password go into a header, since no request is made with them in the address.
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
    // The longest first: a part of a key must not be taken out of its middle.
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
  throw new ConfigError('POLYGON_RPC_URL cannot be used: it has to be the http(s) address of a JSON-RPC server');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
