import { joinUrl } from '#lib/adapters/http/request-json.ts';
import { type SendRequestDeps, sendRequest } from '#lib/adapters/http/send-request.ts';
import type { RedemptionAnswer, RedemptionCall } from '#lib/ports/settlement.ts';
import { redactSecrets } from '../redact-secrets.ts';
import { parseJson, readFailure, toAnswer } from './relayer-answers.ts';
import type { RelayerKey } from './relayer-key.ts';

/** Calls of a deposit wallet, which takes effect as a whole or not at all. */
export type WalletBatch = {
  readonly factory: string;
  readonly owner: string;
  readonly wallet: string;
  readonly nonce: bigint;
  /** Unix seconds. */
  readonly deadlineS: bigint;
  readonly calls: readonly RedemptionCall[];
};

/** The venue's relayer, which executes signed batches of deposit wallets and pays their gas (venue §9). */
export type Relayer = {
  /** Submits once, without a retry. Never throws for failures of relayer or network. */
  submit(batch: WalletBatch, signature: string, deadlineAtMs: number): Promise<RedemptionAnswer>;
  /** Why a submitted batch has failed for good; null while it has not, or when the relayer does not tell. */
  findFailure(reference: string, deadlineAtMs: number): Promise<string | null>;
};

export type RelayerDeps = SendRequestDeps & {
  readonly relayerHost: string;
  readonly loadRelayerKey: () => Promise<RelayerKey>;
};

export function createPolymarketRelayer(deps: RelayerDeps): Relayer {
  const { clock, relayerHost, loadRelayerKey } = deps;
  return {
    submit: async (batch, signature, deadlineAtMs) => {
      const relayerKey = await loadRelayerKey();
      const outcome = await sendRequest(deps, {
        method: 'POST',
        url: joinUrl(relayerHost, '/submit'),
        headers: { 'content-type': 'application/json', ...toHeaders(relayerKey) },
        body: JSON.stringify(toBody(batch, signature)),
        deadlineAtMs,
      });
      return toAnswer(outcome, clock.nowMs(), (text) => redactSecrets(text, [relayerKey.key, signature]));
    },
    findFailure: async (reference, deadlineAtMs) => {
      const relayerKey = await loadRelayerKey();
      const id = encodeURIComponent(reference);
      // The newer address first; the older one answers a list.
      for (const path of [`/v1/account/transactions/${id}`, `/transaction?id=${id}`]) {
        const headers = toHeaders(relayerKey);
        const request = { method: 'GET', url: `${joinUrl(relayerHost, '')}${path}`, headers, deadlineAtMs } as const;
        const outcome = await sendRequest(deps, request);
        if (outcome.kind !== 'answered' || outcome.status !== 200) continue;
        const failure = readFailure(parseJson(outcome.text ?? ''), reference);
        return failure === null ? null : redactSecrets(failure, [relayerKey.key]);
      }
      return null;
    },
  };
}

function toHeaders({ key, address }: RelayerKey): Readonly<Record<string, string>> {
  return { RELAYER_API_KEY: key, RELAYER_API_KEY_ADDRESS: address };
}

function toBody({ factory, owner, wallet, nonce, deadlineS, calls }: WalletBatch, signature: string) {
  return {
    type: 'WALLET',
    from: owner,
    to: factory,
    nonce: String(nonce),
    signature,
    metadata: '',
    depositWalletParams: {
      depositWallet: wallet,
      deadline: String(deadlineS),
      calls: calls.map(({ target, data }) => ({ target, value: '0', data })),
    },
  };
}
