import * as z from 'zod';
import type { ChainSettlement, SignedBatch } from '#infra/shared/local-chain.ts';
import {
  COLLATERAL_ADDRESS,
  DEPOSIT_WALLET_FACTORY_ADDRESS,
  PROTOCOLS,
} from '#lib/adapters/polygon/polygon-contracts.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';

const AddressSchema = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
const WholeSchema = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => BigInt(text));
const CallSchema = z.object({ target: AddressSchema, value: z.literal('0'), data: z.string().regex(/^0x[0-9a-f]*$/i) });
const SubmissionSchema = z.object({
  type: z.literal('WALLET'),
  from: AddressSchema,
  to: AddressSchema,
  nonce: WholeSchema,
  signature: z.string().regex(/^0x[0-9a-fA-F]{130}$/),
  metadata: z.string().optional(),
  depositWalletParams: z.object({
    depositWallet: AddressSchema,
    deadline: WholeSchema,
    calls: z.array(CallSchema).min(1),
  }),
});

export type Submission = SignedBatch & { readonly kind: 'batch'; readonly owner: string; readonly factory: string };

export function parseSubmission(text: string): Submission | undefined {
  const { data } = SubmissionSchema.safeParse(jsonOrUndefined(text));
  if (data === undefined) return undefined;
  const { from: owner, to: factory, nonce, signature, depositWalletParams } = data;
  const { depositWallet: wallet, deadline: deadlineS, calls } = depositWalletParams;
  return { kind: 'batch', owner, factory, wallet, nonce, deadlineS, calls, signature };
}

/** Contracts that a wallet may call. */
const PERMITTED = new Set(
  [
    COLLATERAL_ADDRESS,
    ...Object.values(PROTOCOLS).flatMap(({ shares, redeemer, negRiskRedeemer }) => [shares, redeemer, negRiskRedeemer]),
  ].map((address) => address.toLowerCase()),
);

/** The relayer's own checks, in its words; the chain checks the signature. */
export async function checkBatch(
  chain: Pick<ChainSettlement, 'batchNonceOf' | 'ownerOf'>,
  { owner, factory, wallet, nonce, calls }: Submission,
  blockedTarget: string | null,
  isBusy: boolean,
): Promise<{ readonly status: number; readonly error: string } | undefined> {
  const refuse = (error: string) => ({ status: 400, error });
  if (factory.toLowerCase() !== DEPOSIT_WALLET_FACTORY_ADDRESS.toLowerCase()) return refuse('invalid factory');
  if ((await chain.ownerOf(wallet)).toLowerCase() !== owner.toLowerCase()) {
    return refuse(`wallet registry validation failed: wallet ${wallet} is not registered`);
  }
  for (const [index, { target }] of calls.entries()) {
    const isBlocked = target.toLowerCase() === blockedTarget?.toLowerCase() || !PERMITTED.has(target.toLowerCase());
    if (isBlocked) {
      return refuse(`call blocked: call[${index}] blocked: calls to ${target} are not permitted`);
    }
  }
  if (isBusy) return refuse('wallet busy: active action exists');
  const next = await chain.batchNonceOf(wallet);
  if (nonce !== next) return refuse(`batch nonce ${nonce} does not match on-chain nonce ${next}`);
  return undefined;
}
