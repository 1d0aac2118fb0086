import { joinUrl } from '#lib/adapters/http/request-json.ts';
import { type SendRequestDeps, sendRequest } from '#lib/adapters/http/send-request.ts';
import { jsonOrUndefined } from '#lib/contracts/parse-input.ts';
import type { RedemptionAnswer, RedemptionCall } from '#lib/ports/wallet/settlement.ts';
import { redactSecrets } from '../redact-secrets.ts';
import { readFailure, toAnswer } from './relayer-answers.ts';
import { type RelayerKey, secretsOf, toRelayerHeaders } from './relayer-key.ts';

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
  /** Asks once for the deposit wallet of this owner. It needs no signature: its address follows from the owner. */
  createWallet(owner: string, factory: string, deadlineAtMs: number): Promise<RedemptionAnswer>;
  /** Why a submitted batch has failed for good; null while it has not, or when the relayer does not tell. */
  findFailure(reference: string, deadlineAtMs: number): Promise<string | null>;
};

export type RelayerDeps = SendRequestDeps & {
  readonly relayerHost: string;
  readonly loadRelayerKey: () => Promise<RelayerKey>;
};

export function createPolymarketRelayer(deps: RelayerDeps): Relayer {
  const { clock, relayerHost, loadRelayerKey } = deps;
  const post = async (content: object, secrets: readonly string[], deadlineAtMs: number): Promise<RedemptionAnswer> => {
    const relayerKey = await loadRelayerKey();
    const request = { method: 'POST', path: '/submit', body: JSON.stringify(content) } as const;
    const outcome = await sendRequest(deps, {
      method: 'POST',
      url: joinUrl(relayerHost, request.path),
      headers: { 'content-type': 'application/json', ...toRelayerHeaders(relayerKey, request, clock.nowMs()) },
      body: request.body,
      deadlineAtMs,
    });
    const hidden = [...secretsOf(relayerKey), ...secrets];
    return toAnswer(outcome, clock.nowMs(), (text) => redactSecrets(text, hidden));
  };
  return {
    submit: (batch, signature, deadlineAtMs) => post(toBody(batch, signature), [signature], deadlineAtMs),
    createWallet: (owner, factory, deadlineAtMs) =>
      post({ type: 'WALLET-CREATE', from: owner, to: factory }, [], deadlineAtMs),
    findFailure: async (reference, deadlineAtMs) => {
      const relayerKey = await loadRelayerKey();
      const id = encodeURIComponent(reference);
      // The newer address first; the older one answers a list.
      for (const path of [`/v1/account/transactions/${id}`, `/transaction?id=${id}`]) {
        const signedPath = path.split('?')[0] ?? path;
        const headers = toRelayerHeaders(relayerKey, { method: 'GET', path: signedPath }, clock.nowMs());
        const request = { method: 'GET', url: `${joinUrl(relayerHost, '')}${path}`, headers, deadlineAtMs } as const;
        const outcome = await sendRequest(deps, request);
        if (outcome.kind !== 'answered' || outcome.status !== 200) continue;
        const failure = readFailure(jsonOrUndefined(outcome.text ?? ''), reference);
        return failure === null ? null : redactSecrets(failure, secretsOf(relayerKey));
      }
      return null;
    },
  };
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
