import { toApprovingCall } from '#lib/adapters/polygon/needed-approvals.ts';
import { createPolygonInspection } from '#lib/adapters/polygon/polygon-inspection.ts';
import { refreshCash } from '#lib/adapters/polymarket/account/refresh-cash.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { isConfirmed } from '#lib/cli/confirm.ts';
import { type Owner, type OwnerOptions, openOwner } from '#lib/cli/owner/open-owner.ts';
import { orRefuse, performAction, settleEarlier } from '#lib/cli/owner/perform-action.ts';
import { plainTable } from '#lib/cli/render/plain-table.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import type { WalletApproval } from '#lib/ports/wallet/wallet-inspection.ts';
import { toJson } from '#lib/words/to-json.ts';

export type ApproveOptions = OwnerOptions;

const READ_DEADLINE_MS = 15_000;

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

/**
 * Sets the approvals that trading needs and the wallet lacks, after a confirmation: by transactions of the key, or for
 * a deposit wallet in one batch through the relayer. Safe to repeat.
 */
export async function approveCommand(terminal: Terminal, options: ApproveOptions): Promise<ExitCode> {
  const owner = await openOwner(terminal, options);
  try {
    await settleEarlier(terminal, owner);
    const { rpcUrl, walletAddress } = owner;
    const inspection = createPolygonInspection({ clock, rpcUrl, walletAddress });
    const approvals = await inspection.listApprovals(terminal.nowMs() + READ_DEADLINE_MS);
    const missing = approvals.filter(({ isGranted }) => !isGranted);
    if (options.json !== true) terminal.out(renderApprovals(approvals, walletAddress, terminal));
    if (missing.length === 0) return finish(terminal, options, { approvals, set: [] });
    if (!(await isConfirmed(terminal, options, question(owner, missing.length)))) return EXIT_CODES.refused;
    const set = await setAll(terminal, options, owner, missing);
    await refreshVenue(terminal, owner);
    return finish(terminal, options, { approvals, set });
  } finally {
    owner.close();
  }
}

function question({ actions }: Owner, count: number): string {
  const how = actions.isBatching
    ? 'One batch through the venue’s relayer, without gas.'
    : 'Each is a transaction of the key and costs gas (POL).';
  return `Set the ${count} missing now? ${how}`;
}

function renderApprovals(approvals: readonly WalletApproval[], wallet: string, { paint }: Terminal): string {
  const rows = approvals.map(({ purpose, isGranted, spender }) => [
    isGranted ? paint('good', 'given') : paint('bad', 'missing'),
    PURPOSES[purpose],
    spender,
  ]);
  return `Wallet ${wallet} lets these contracts move what it holds:\n\n${plainTable(['', 'To', 'Contract'], rows)}`;
}

type Set = { readonly purpose: WalletApproval['purpose']; readonly transactionHash: string };

/** One after the other, because each transaction takes the key's next nonce; a deposit wallet sets them at once. */
async function setAll(
  terminal: Terminal,
  options: ApproveOptions,
  owner: Owner,
  missing: readonly WalletApproval[],
): Promise<readonly Set[]> {
  const set: Set[] = [];
  const groups = owner.actions.isBatching ? [missing] : missing.map((approval) => [approval]);
  for (const group of groups) {
    const calls = group.map(toApprovingCall);
    const action = orRefuse(await owner.actions.prepare(calls, terminal.nowMs() + READ_DEADLINE_MS));
    const what = `approve: ${group.map(({ purpose }) => PURPOSES[purpose]).join(', ')}`;
    const { transactionHash } = await performAction(owner, what, action);
    for (const { purpose } of group) {
      set.push({ purpose, transactionHash });
      if (options.json !== true) terminal.out(`Set: ${PURPOSES[purpose]}\n     ${transactionHash}`);
    }
  }
  return set;
}

/** The venue's copy of the wallet's cash is often 0 until it is asked to read it again (venue §3.2). */
async function refreshVenue(
  terminal: Terminal,
  { hosts, account, loadCredentials, signatureType }: Owner,
): Promise<void> {
  try {
    const loaded = { loadAccount: async () => account, loadCredentials };
    const deps = { clock, clobHost: hosts.clobHost, ...loaded };
    await refreshCash(deps, signatureType, terminal.nowMs() + READ_DEADLINE_MS);
  } catch {
    terminal.err('The venue could not be asked to read the balance again. `tminus doctor` shows what it sees.');
  }
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
