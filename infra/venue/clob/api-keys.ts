import { createHmac } from 'node:crypto';

export type ApiCredentials = { readonly key: string; readonly secret: string; readonly passphrase: string };

/** API keys by address and nonce. They are derived from the venue's seed, so that they stay valid after a restart. */
export type ApiKeys = {
  /** Undefined when the key exists already. */
  create(address: string, nonce: string): ApiCredentials | undefined;
  /** Undefined when it was never created. */
  derive(address: string, nonce: string): ApiCredentials | undefined;
  find(address: string, key: string): ApiCredentials | undefined;
  /** From now on no key is accepted until it was derived again (py-clob-client-v2#40). */
  lapse(): void;
  /** The first key of an address. Orders and trades show it as their owner. */
  ownerKey(address: string): string;
  /** The account's key for the relayer. */
  builderKey(address: string): ApiCredentials;
};

const FIRST_NONCE = '0';

export function createApiKeys(seed: string): ApiKeys {
  const noncesByAddress = new Map<string, Set<string>>();
  let lapseCount = 0;
  const revivedAt = new Map<string, number>();
  const revive = (address: string): void => void revivedAt.set(address.toLowerCase(), lapseCount);
  const isLapsed = (address: string): boolean => (revivedAt.get(address.toLowerCase()) ?? 0) < lapseCount;
  const noncesOf = (address: string): Set<string> => noncesByAddress.get(address.toLowerCase()) ?? new Set();
  const make = (address: string, nonce: string) => makeCredentials(seed, address, nonce);
  return {
    create: (address, nonce) => {
      const nonces = noncesOf(address);
      if (nonces.has(nonce)) return undefined;
      noncesByAddress.set(address.toLowerCase(), nonces.add(nonce));
      revive(address);
      return make(address, nonce);
    },
    derive: (address, nonce) => {
      if (!noncesOf(address).has(nonce)) return undefined;
      revive(address);
      return make(address, nonce);
    },
    lapse: () => {
      lapseCount += 1;
    },
    // The first key may have been created before a restart, so it is always accepted.
    find: (address, key) =>
      isLapsed(address)
        ? undefined
        : [FIRST_NONCE, ...noncesOf(address)].map((nonce) => make(address, nonce)).find((each) => each.key === key),
    ownerKey: (address) => make(address, FIRST_NONCE).key,
    builderKey: (address) => builderCredentialsOf(seed, address),
  };
}

/** Credentials for the relayer (`POST /auth/builder-api-key`), which knows the seed as the CLOB does. */
export function builderCredentialsOf(seed: string, address: string): ApiCredentials {
  return makeCredentials(seed, address, 'builder');
}

function makeCredentials(seed: string, address: string, nonce: string): ApiCredentials {
  const part = (name: string): Buffer =>
    createHmac('sha256', seed).update(`${name}|${address.toLowerCase()}|${nonce}`).digest();
  return {
    key: toUuid(part('key').toString('hex')),
    secret: toUrlBase64(part('secret')),
    passphrase: part('passphrase').toString('hex'),
  };
}

function toUuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Base64url with padding, as the venue writes it. */
export function toUrlBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
