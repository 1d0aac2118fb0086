import * as z from 'zod';
import { DEPOSIT_WALLET_FACTORY_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import type { RelayerCaller } from './relayer-auth.ts';

const CreationSchema = z.object({
  type: z.literal('WALLET-CREATE'),
  from: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  to: z.string(),
});

export type Creation = { readonly kind: 'creation'; readonly owner: string; readonly factory: string };

/** Undefined for another kind of submission. */
export function parseCreation(text: string): Creation | undefined {
  const { data } = CreationSchema.safeParse(jsonOrUndefined(text));
  return data && { kind: 'creation', owner: data.from, factory: data.to };
}

/** A key of the relayer creates the wallet of its own address only (py-builder-relayer-client#21). */
export function refuseCreation({ owner, factory }: Creation, caller: RelayerCaller) {
  const refuse = (error: string) => ({ status: 400, error });
  if (factory.toLowerCase() !== DEPOSIT_WALLET_FACTORY_ADDRESS.toLowerCase()) return refuse('invalid factory');
  if (caller.address.toLowerCase() === owner.toLowerCase()) return undefined;
  return refuse(`from ${owner} does not match auth ${caller.address}`);
}
