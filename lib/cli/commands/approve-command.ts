import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import { createLiveDeps } from '#functions/wiring/live-deps.ts';
import { LiveSettingsSchema, toLiveSettings } from '#functions/wiring/trading-settings.ts';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import { createPolygonInspection } from '#lib/adapters/polygon/polygon-inspection.ts';
import { sendApproval } from '#lib/adapters/polygon/send-approval.ts';
import { systemClock } from '#lib/adapters/system/system-clock.ts';
import { createSystemIdSource } from '#lib/adapters/system/system-id-source.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { findSuite, type SuiteChoice } from '#lib/cli/find-suite.ts';
import { plainTable } from '#lib/cli/render/plain-table.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { toJson } from '#lib/cli/to-json.ts';
import type { NeededApproval, WalletApproval, WalletInspection } from '#lib/ports/wallet-inspection.ts';
import type { Env } from '#lib/runtime/parse-env.ts';
import { parseEnv } from '#lib/runtime/parse-env.ts';

export type ApproveOptions = SuiteChoice & { readonly yes?: boolean; readonly json?: boolean };

type ApprovingWallet = {
  readonly walletAddress: string;
  readonly inspection: WalletInspection;
  /** Sends a transaction of the wallet; null for wallets that cannot. Returns its hash, or null when already given. */
  readonly setApproval: ((approval: NeededApproval, deadlineAtMs: number) => Promise<string | null>) | null;
};

const READ_DEADLINE_MS = 10_000;
/** Polygon mines within seconds; this allows for a busy minute. */
const MINED_DEADLINE_MS = 90_000;

const PURPOSES = {
  sell: 'sell shares',
  buy: 'buy shares',
  redeem: 'redeem shares',
  'sell-v2': 'sell shares of v2 markets',
  'buy-v2': 'buy shares of v2 markets',
  'redeem-v2': 'redeem shares of v2 markets',
  'sell-neg-risk': 'sell shares of neg-risk markets',
  'buy-neg-risk': 'buy shares of neg-risk markets',
  'redeem-neg-risk': 'redeem shares of neg-risk markets',
} as const satisfies Record<WalletApproval['purpose'], string>;

/** Sets the approvals that trading needs and the wallet lacks, after a confirmation. Safe to repeat. */
export async function approveCommand(terminal: Terminal, options: ApproveOptions): Promise<ExitCode> {
  const live = await createLive(terminal, options);
  const approvals = await live.inspection.listApprovals(terminal.nowMs() + READ_DEADLINE_MS);
  const missing = approvals.filter(({ isGranted }) => !isGranted);
  if (options.json !== true) terminal.out(renderApprovals(approvals, live.walletAddress, terminal));
  if (missing.length === 0) return finish(terminal, options, { approvals, set: [] });
  if (live.setApproval === null) {
    if (options.json === true)
      terminal.out(toJson({ wallet: live.walletAddress, approvals, set: [], byHand: missing }));
    else terminal.out(stepsByHand(missing));
    return EXIT_CODES.failure;
  }
  if (options.yes !== true && !(await isConfirmed(terminal, options, missing.length))) return EXIT_CODES.refused;
  const set = await setAll(terminal, options, live.setApproval, missing);
  return finish(terminal, options, { approvals, set });
}

async function createLive(terminal: Terminal, options: ApproveOptions): Promise<ApprovingWallet> {
  const { env } = await findPlace(terminal, options);
  const config = parseEnv(z.object({ ...LiveSettingsSchema.shape, CLOB_HOST: z.url() }), env);
  const settings = toLiveSettings(config);
  if (settings === undefined) {
    const message =
      'Live trading is not configured here, so there is no wallet to give approvals. See OPERATE.md, Go live.';
    throw new CliError(EXIT_CODES.notRunning, 'not-live', message);
  }
  const clock = systemClock;
  const wiring = { clobHost: config.CLOB_HOST, clock, env, ids: createSystemIdSource(clock) };
  const { walletAddress, loadAccount } = createLiveDeps(settings, wiring);
  const { rpcUrl, signatureType } = settings;
  const inspection = createPolygonInspection({ clock, rpcUrl, walletAddress });
  const setApproval: ApprovingWallet['setApproval'] = async (approval, deadlineAtMs) => {
    const rpc = createRpc({ clock, rpcUrl });
    return sendApproval({ clock, rpc, account: await loadAccount() }, approval, deadlineAtMs);
  };
  return { walletAddress, inspection, setApproval: signatureType === 0 ? setApproval : null };
}

/** The wallet needs no suite: before a deployment, the environment is enough. */
async function findPlace(terminal: Terminal, options: ApproveOptions): Promise<{ readonly env: Env }> {
  const isElsewhere =
    options.stage !== undefined || options.stateDir !== undefined || !terminal.env.LIVE_WALLET_ADDRESS;
  return isElsewhere ? findSuite(options, terminal.env) : { env: terminal.env };
}

function renderApprovals(approvals: readonly WalletApproval[], wallet: string, { paint }: Terminal): string {
  const rows = approvals.map(({ purpose, isGranted, spender }) => [
    isGranted ? paint('good', 'given') : paint('bad', 'missing'),
    PURPOSES[purpose],
    spender,
  ]);
  return `Wallet ${wallet} lets these contracts move what it holds:\n\n${plainTable(['', 'To', 'Contract'], rows)}`;
}

/** Steps for the wallet's owner: its transactions go through the venue's relayer. */
function stepsByHand(missing: readonly WalletApproval[]): string {
  const lines = missing.map(({ purpose, contract, spender }) => {
    const call = purpose.startsWith('buy') ? `approve(${spender}, max)` : `setApprovalForAll(${spender}, true)`;
    return `  ${PURPOSES[purpose]}:\n    ${call}\n    at ${contract}`;
  });
  return [
    '',
    'This wallet is a contract (proxy, safe or deposit wallet): the key cannot send transactions for it.',
    'Set them on the website: log in with the wallet, make one small trade of a few dollars, buy and sell, in a market',
    'of each version that is missing below, and confirm each prompt that asks to enable trading. That gives the',
    'approvals below, without gas. Those to redeem come with the first redemption there.',
    'Then run `tminus approve` again: it reads the chain and has to show all of them as given.',
    '',
    ...lines,
  ].join('\n');
}

async function isConfirmed(terminal: Terminal, options: ApproveOptions, count: number): Promise<boolean> {
  if (options.json === true || terminal.screen === null) {
    terminal.err('Nothing was set: without a terminal there is no confirmation. Add --yes.');
    return false;
  }
  const prompt = createInterface({ input: process.stdin, output: terminal.screen });
  try {
    const answer = await prompt.question(
      `\nSet the ${count} missing now? Each is a transaction and costs gas (POL). [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

/** One after the other: each transaction takes the wallet's next nonce. */
async function setAll(
  terminal: Terminal,
  options: ApproveOptions,
  setApproval: NonNullable<ApprovingWallet['setApproval']>,
  missing: readonly WalletApproval[],
) {
  const set: { purpose: WalletApproval['purpose']; transactionHash: string | null }[] = [];
  for (const approval of missing) {
    const transactionHash = await setApproval(approval, terminal.nowMs() + MINED_DEADLINE_MS);
    set.push({ purpose: approval.purpose, transactionHash });
    if (options.json !== true)
      terminal.out(`Set: ${PURPOSES[approval.purpose]} (${transactionHash ?? 'was given meanwhile'})`);
  }
  return set;
}

function finish(
  terminal: Terminal,
  options: ApproveOptions,
  result: { readonly approvals: readonly WalletApproval[]; readonly set: readonly object[] },
): ExitCode {
  if (options.json === true) terminal.out(toJson({ ...result, byHand: [] }));
  else terminal.out(result.set.length === 0 ? '\nAll approvals are given.' : '\nAll approvals are given now.');
  return EXIT_CODES.ok;
}
