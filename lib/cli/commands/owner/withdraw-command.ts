import { getAddress, type Hex, isAddress, isHex } from 'viem';
import { encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import { emergencyWithdrawal, hasCode, pauseCall, readPause } from '#lib/adapters/polygon/owner/deposit-wallet.ts';
import { readWallet } from '#lib/adapters/polygon/owner/read-wallet.ts';
import { VENUE_CONTRACTS } from '#lib/adapters/polygon/owner/venue-contracts.ts';
import type { WalletAction } from '#lib/adapters/polygon/owner/wallet-actions.ts';
import { COLLATERAL_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { isConfirmed } from '#lib/cli/confirm.ts';
import { findHeldMarkets } from '#lib/cli/owner/find-markets.ts';
import { type Owner, type OwnerOptions, openOwner } from '#lib/cli/owner/open-owner.ts';
import { costText, routeText } from '#lib/cli/owner/owner-words.ts';
import { type Done, orRefuse, performAction, settleEarlier } from '#lib/cli/owner/perform-action.ts';
import { recordByHand } from '#lib/cli/owner/record-by-hand.ts';
import { renderFacts } from '#lib/cli/render/facts.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { formatMicros, parseMicros } from '#lib/domain/market/money.ts';
import { utcTime } from '#lib/words/time-text.ts';
import { toJson } from '#lib/words/to-json.ts';

export type WithdrawOptions = OwnerOptions & {
  readonly to: string;
  /** Dollars, or `all`. */
  readonly usd: string;
  readonly emergency?: boolean;
};

type Withdrawal = { readonly to: Hex; readonly micros: bigint; readonly cashMicros: bigint };

const READ_DEADLINE_MS = 15_000;

/** Sends cash of the wallet to an address, after a preview and a yes. */
export async function withdrawCommand(terminal: Terminal, options: WithdrawOptions): Promise<ExitCode> {
  const to = readReceiver(options.to);
  const owner = await openOwner(terminal, options);
  try {
    await settleEarlier(terminal, owner);
    refuseReceiver(to, owner);
    const withdrawal = await planWithdrawal(owner, to, options.usd, terminal);
    return options.emergency === true
      ? await withdrawByKey(terminal, options, owner, withdrawal)
      : await withdraw(terminal, options, owner, withdrawal);
  } finally {
    owner.close();
  }
}

async function withdraw(
  terminal: Terminal,
  options: WithdrawOptions,
  owner: Owner,
  withdrawal: Withdrawal,
): Promise<ExitCode> {
  const { to, micros } = withdrawal;
  const call = encodeCall(COLLATERAL_ADDRESS, 'transfer(address,uint256)', [to, micros]);
  const action = orRefuse(await owner.actions.prepare([call], terminal.nowMs() + READ_DEADLINE_MS));
  await showPreview(terminal, options, owner, withdrawal, action);
  if (!(await isConfirmed(terminal, options, `Send ${usd(micros)} now?`))) return EXIT_CODES.refused;
  const done = await performAction(owner, `withdraw ${usd(micros)} to ${to}`, action);
  await recordWithdrawal(terminal, owner, withdrawal, done);
  return finish(terminal, options, withdrawal, done);
}

/** Without the relayer: the owner pauses the deposit wallet, waits, and takes the cash out (venue §9.7). */
async function withdrawByKey(
  terminal: Terminal,
  options: WithdrawOptions,
  owner: Owner,
  withdrawal: Withdrawal,
): Promise<ExitCode> {
  const { actions, rpc, signatureType, walletAddress } = owner;
  if (signatureType !== 3) {
    throw usage('--emergency is for deposit wallets: this wallet needs no relayer, so leave it out.');
  }
  const deadlineAtMs = terminal.nowMs() + READ_DEADLINE_MS;
  const { pausedAtMs, delayMs, nowMs } = await readPause(rpc, walletAddress, deadlineAtMs);
  if (pausedAtMs === null) {
    const action = orRefuse(await actions.prepareByKey(pauseCall(walletAddress), deadlineAtMs));
    const minutes = Math.ceil(delayMs / 60_000);
    const step = `Step 1 of 2: pause the deposit wallet ${walletAddress} by ${routeText(action)}. It costs ${costText(action)}. ${minutes} minutes later the same command withdraws. The wallet stays paused; batches that were signed before stay valid.`;
    if (options.json !== true) terminal.out(narrate(step));
    if (!(await isConfirmed(terminal, options, 'Pause the wallet now?'))) return EXIT_CODES.refused;
    const { transactionHash } = await performAction(owner, `pause the wallet ${walletAddress}`, action);
    const at = utcTime(terminal.nowMs() + delayMs + 60_000, terminal.nowMs());
    if (options.json === true) terminal.out(toJson({ outcome: 'paused', transactionHash, delayMs }));
    else terminal.out(narrate(`Paused (${transactionHash}). Run the same command again after ${at}: it withdraws.`));
    return EXIT_CODES.ok;
  }
  const readyAtMs = pausedAtMs + delayMs + 1_000;
  if (nowMs < readyAtMs) {
    const at = utcTime(readyAtMs, terminal.nowMs());
    throw refused('too-early', `The wallet is paused, and may be emptied from ${at} on. Run the same command then.`);
  }
  const { to, micros } = withdrawal;
  const action = orRefuse(await actions.prepareByKey(emergencyWithdrawal(walletAddress, to, micros), deadlineAtMs));
  await showPreview(terminal, options, owner, withdrawal, action);
  if (!(await isConfirmed(terminal, options, `Send ${usd(micros)} now?`))) return EXIT_CODES.refused;
  const done = await performAction(owner, `withdraw ${usd(micros)} to ${to} from the paused wallet`, action);
  await recordWithdrawal(terminal, owner, withdrawal, done);
  return finish(terminal, options, withdrawal, done);
}

function recordWithdrawal(terminal: Terminal, owner: Owner, { micros }: Withdrawal, { transactionHash }: Done) {
  const none = { marketSlug: null, conditionId: null };
  const record = { action: 'withdrawn', ...none, cashMicros: -micros, references: [transactionHash] } as const;
  return recordByHand(terminal, owner, [record]);
}

function finish(terminal: Terminal, options: WithdrawOptions, withdrawal: Withdrawal, done: Done): ExitCode {
  const { to, micros, cashMicros } = withdrawal;
  const { transactionHash } = done;
  if (options.json === true) {
    terminal.out(toJson({ outcome: 'withdrawn', to, micros, leftMicros: cashMicros - micros, transactionHash }));
  } else terminal.out(`Withdrawn: ${usd(micros)} to ${to}\n${transactionHash}`);
  return EXIT_CODES.ok;
}

async function planWithdrawal(owner: Owner, to: Hex, text: string, terminal: Terminal): Promise<Withdrawal> {
  const { rpc, walletAddress: wallet, account, signatureType } = owner;
  const asked = { wallet, key: account.address, signatureType };
  const { cashMicros } = await readWallet(rpc, asked, terminal.nowMs() + READ_DEADLINE_MS);
  const micros = text.toLowerCase() === 'all' ? cashMicros : readAmount(text);
  if (micros === 0n) throw refused('no-cash', `The wallet ${wallet} holds no cash.`);
  if (micros <= cashMicros) return { to, micros, cashMicros };
  throw refused('no-cash', `The wallet ${wallet} holds ${usd(cashMicros)}, which is less than ${usd(micros)}.`);
}

async function showPreview(
  terminal: Terminal,
  { json }: WithdrawOptions,
  owner: Owner,
  { to, micros, cashMicros }: Withdrawal,
  action: WalletAction,
): Promise<void> {
  if (json === true) return;
  const deadlineAtMs = terminal.nowMs() + READ_DEADLINE_MS;
  const [isContract, held] = await Promise.all([hasCode(owner.rpc, to, deadlineAtMs), listHeld(owner, deadlineAtMs)]);
  const warnings = [
    'This is pUSD, the venue’s dollar: an exchange does not credit it. Send it to an address of your own.',
    ...(held === '' ? [] : [`The wallet still holds shares of ${held}.`]),
    ...(isContract ? ['The receiver is a contract. Be sure that it can send pUSD on.'] : []),
  ];
  terminal.out('Withdraw\n');
  terminal.out(
    renderFacts([
      ['From', owner.walletAddress],
      ['To', to],
      ['Amount', `${usd(micros)} pUSD`],
      ['Left', usd(cashMicros - micros)],
      ['By', routeText(action)],
      ['Costs', costText(action)],
      ...warnings.map((text) => [terminal.paint('warn', 'Note'), text] as const),
    ]),
  );
}

/** The markets of its shares; empty where there are none, or the venue does not tell. */
async function listHeld(owner: Owner, deadlineAtMs: number): Promise<string> {
  const { markets } = await findHeldMarkets(owner, deadlineAtMs).catch(() => ({ markets: [] }));
  return markets.map(({ slug }) => slug).join(', ');
}

/** Below this no account exists: the zero address and the chain's own contracts. */
const ACCOUNT_MIN = 0x10000n;

/** @throws CliError 2 */
function readReceiver(text: string): Hex {
  // In mixed case the digits are a checksum.
  const isOneCase = text === text.toLowerCase() || text.slice(2) === text.slice(2).toUpperCase();
  if (!isHex(text) || !isAddress(text, { strict: !isOneCase })) {
    throw usage('--to is not an address, or its checksum does not fit: a digit may be wrong.');
  }
  if (BigInt(text) < ACCOUNT_MIN)
    throw usage('--to is the zero address or a contract of the chain: the cash would be lost.');
  return getAddress(text);
}

/** @throws CliError 3 */
function refuseReceiver(to: Hex, { walletAddress }: Owner): void {
  if (isSameHex(to, walletAddress)) throw refused('own-wallet', '--to is the wallet itself.');
  if (VENUE_CONTRACTS.some((contract) => isSameHex(contract, to))) {
    throw refused('venue-contract', '--to is a contract of the venue: the cash would be lost.');
  }
}

/** @throws CliError 2 */
function readAmount(text: string): bigint {
  try {
    const micros = parseMicros(text);
    if (micros > 0n) return micros;
  } catch {
    // One text below for every wrong amount.
  }
  throw usage('--usd must be an amount in dollars above zero, such as 25 or 25.50, or "all".');
}

/** To the micro where there is more than a cent. */
function usd(micros: bigint): string {
  return `$${formatMicros(micros, micros % 10_000n === 0n ? 2 : 6)}`;
}

const usage = (message: string): CliError => new CliError(EXIT_CODES.usage, 'usage', message);
const refused = (code: string, message: string): CliError => new CliError(EXIT_CODES.refused, code, message);
