import type { AccountRequest } from '#infra/shared/local-venue.ts';
import { InvalidInputError } from '#lib/errors/errors.ts';

export type VenueAccount = Required<AccountRequest>;

export type VenueAccounts = {
  /** Safe to repeat; the last registration of a wallet counts. @throws InvalidInputError */
  register(request: AccountRequest): void;
  findByWallet(wallet: string): VenueAccount | undefined;
  /** Every wallet of a key. Balances are asked for by signature type, so use one wallet per type. */
  listOfOwner(owner: string): readonly VenueAccount[];
};

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
const DEFAULT_CASH_MICROS = 10_000_000_000n;

/** The case of an address is only a checksum. */
export function isSameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

export function createVenueAccounts(): VenueAccounts {
  const accounts = new Map<string, VenueAccount>();
  return {
    register: (request) => {
      const { wallet, owner, signatureType, cashMicros = DEFAULT_CASH_MICROS } = request;
      if (!ADDRESS.test(wallet) || !ADDRESS.test(owner)) {
        throw new InvalidInputError('Wallet and owner have to be addresses: 0x and 40 hexadecimal digits');
      }
      if (signatureType === 0 && !isSameAddress(wallet, owner)) {
        throw new InvalidInputError('A wallet of signature type 0 is its own owner');
      }
      accounts.set(wallet.toLowerCase(), { wallet, owner, signatureType, cashMicros });
    },
    findByWallet: (wallet) => accounts.get(wallet.toLowerCase()),
    listOfOwner: (owner) => [...accounts.values()].filter((account) => isSameAddress(account.owner, owner)),
  };
}
