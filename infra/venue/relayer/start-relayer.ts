import { randomUUID } from 'node:crypto';
import Fastify, { type FastifyInstance } from 'fastify';
import type { ChainSettlement } from '#infra/shared/local-chain.ts';
import type { LocalRelayer, RelayerFault } from '#infra/shared/local-relayer.ts';
import { checkBatch, parseSubmission, type Submission } from './check-batch.ts';
import { type RelayerCaller, readCaller } from './relayer-auth.ts';
import { type Creation, parseCreation, refuseCreation } from './wallet-creation.ts';

export type RelayerDeps = {
  readonly chain: Pick<ChainSettlement, 'batchNonceOf' | 'ownerOf' | 'executeBatch' | 'createDepositWallet'>;
  /** Of the CLOB whose builder keys are accepted here. */
  readonly seed?: string;
  /** Called for each wallet that was created, before the answer. */
  onCreated?(account: { readonly wallet: string; readonly owner: string }): void;
};

type State = 'STATE_NEW' | 'STATE_EXECUTED' | 'STATE_MINED' | 'STATE_CONFIRMED' | 'STATE_FAILED';
type Transaction = { readonly id: string; readonly wallet: string; state: State; hash: string };
type Shape = Parameters<LocalRelayer['setShape']>[0];

const KEY = { key: '0192-local-relayer-key', address: '0x00000000000000000000000000000000000c0ffe' };
const PATHS = { submit: '/submit', old: '/transaction', new: '/v1/account/transactions/:id' } as const;

/**
 * The venue's relayer on a free port of 127.0.0.1: executes signed batches of deposit wallets on the local chain, one
 * at a time for each wallet, and refuses in the words of the real one (settlement facts: venue §9).
 */
export async function startRelayer({ chain, seed, onCreated }: RelayerDeps): Promise<LocalRelayer> {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  const transactions = new Map<string, Transaction>();
  let fault: RelayerFault | null = null;
  let shape: Shape = 'new';
  let submissionCount = 0;

  const execute = async (submission: Submission): Promise<Transaction> => {
    const transaction: Transaction = { id: randomUUID(), wallet: submission.wallet, state: 'STATE_NEW', hash: '' };
    transactions.set(transaction.id, transaction);
    if (fault?.kind === 'stuck') {
      transaction.state = 'STATE_EXECUTED';
      return transaction;
    }
    try {
      transaction.hash = (await chain.executeBatch(submission)).transactionHash;
      transaction.state = 'STATE_CONFIRMED';
    } catch {
      transaction.state = 'STATE_FAILED';
    }
    return transaction;
  };
  const isBusy = (wallet: string): boolean =>
    fault?.kind === 'busy' ||
    [...transactions.values()].some((each) => each.wallet === wallet && each.state === 'STATE_EXECUTED');

  const create = async ({ owner }: Creation): Promise<Transaction> => {
    const { wallet } = await chain.createDepositWallet(owner);
    onCreated?.({ wallet, owner });
    const transaction: Transaction = { id: randomUUID(), wallet, state: 'STATE_CONFIRMED', hash: '' };
    transactions.set(transaction.id, transaction);
    return transaction;
  };
  const refuse = async (submission: Submission | Creation, caller: RelayerCaller) => {
    if (submission.kind === 'batch') return checkBatch(chain, submission, blockedBy(fault), isBusy(submission.wallet));
    return refuseCreation(submission, caller);
  };

  app.addHook('onRequest', async (_request, reply) => {
    if (fault?.kind === 'down') return reply.hijack().raw.destroy();
    return undefined;
  });
  // The signature of a builder covers the bytes that were sent.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.post(PATHS.submit, async (request, reply) => {
    submissionCount += 1;
    const text = String(request.body);
    const caller = readCaller(request, text, { key: KEY, seed });
    if (caller === undefined) return reply.code(401).send({ error: 'invalid authorization' });
    const submission = parseCreation(text) ?? parseSubmission(text);
    if (submission === undefined) return reply.code(400).send({ error: 'invalid request body' });
    const refusal = refuseBy(fault) ?? (await refuse(submission, caller));
    if (refusal !== undefined) return reply.code(refusal.status).send({ error: refusal.error });
    const isExecuted = fault === null || !('isExecuted' in fault) || fault.isExecuted;
    const act = () => (submission.kind === 'batch' ? execute(submission) : create(submission));
    const transaction = isExecuted ? await act() : undefined;
    if (fault?.kind === 'lost-answer') return reply.hijack().raw.destroy();
    if (fault?.kind === 'internal-error') {
      return reply.code(500).send({ code: 19, error: 'Temporary internal error' });
    }
    // The hash is not known yet when the real relayer answers.
    return { transactionID: transaction?.id, state: 'STATE_NEW' };
  });
  registerReads(app, transactions, () => shape);
  const host = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    host,
    key: KEY,
    get submissionCount() {
      return submissionCount;
    },
    setFault: (next) => {
      fault = next;
    },
    setShape: (next) => {
      shape = next;
    },
    stop: () => app.close(),
  };
}

function registerReads(app: FastifyInstance, transactions: ReadonlyMap<string, Transaction>, shape: () => Shape) {
  app.get<{ Querystring: { id?: string } }>(PATHS.old, async (request) => {
    const found = transactions.get(request.query.id ?? '');
    if (found === undefined) return [];
    return [{ transactionID: found.id, transactionHash: found.hash, state: found.state }];
  });
  app.get<{ Params: { id: string } }>(PATHS.new, async (request, reply) => {
    const found = transactions.get(request.params.id);
    if (found === undefined || shape() === 'old') return reply.code(404).send({ error: 'not found' });
    const error_msg = found.state === 'STATE_FAILED' ? 'execution reverted: CallFailed()' : '';
    return { transaction_id: found.id, transaction_hash: found.hash, state: found.state, error_msg };
  });
}

function refuseBy(fault: RelayerFault | null): { readonly status: number; readonly error: string } | undefined {
  switch (fault?.kind) {
    case 'quota':
      return { status: 429, error: `quota exceeded: 0 units remaining, resets in ${fault.resetsInS} seconds` };
    case 'rate-limited':
      return { status: 429, error: 'Too Many Requests' };
    case 'not-registered':
      return { status: 400, error: 'wallet registry validation failed: wallet is not registered' };
    default:
      return undefined;
  }
}

function blockedBy(fault: RelayerFault | null): string | null {
  return fault?.kind === 'call-blocked' ? fault.target : null;
}
