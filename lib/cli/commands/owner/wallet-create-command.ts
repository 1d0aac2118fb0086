import { isSameHex } from '#lib/adapters/evm/is-same-hex.ts';
import { type DepositWallet, findDepositWallet } from '#lib/adapters/polygon/owner/deposit-wallet.ts';
import { DEPOSIT_WALLET_FACTORY_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { createBuilderKey } from '#lib/adapters/polymarket/account/create-builder-key.ts';
import { createPolymarketRelayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { CliError, EXIT_CODES, type ExitCode } from '#lib/cli/cli-error.ts';
import { isConfirmed } from '#lib/cli/confirm.ts';
import { type Owner, type OwnerOptions, openOwner } from '#lib/cli/owner/open-owner.ts';
import { renderFacts } from '#lib/cli/render/facts.ts';
import { narrate } from '#lib/cli/render/wrap-text.ts';
import type { Terminal } from '#lib/cli/terminal.ts';
import { once } from '#lib/runtime/once.ts';
import { toJson } from '#lib/words/to-json.ts';

const READ_DEADLINE_MS = 15_000;
const ANSWER_DEADLINE_MS = 20_000;
const LOOK_PAUSE_MS = 2_000;
/** Deployed within seconds, as reported (2026-06). */
const PATIENCE_MS = 120_000;

/** Makes the deposit wallet of the key through the venue's relayer. Safe to repeat: there is one for each key. */
export async function walletCreateCommand(terminal: Terminal, options: OwnerOptions): Promise<ExitCode> {
  const { wallet: _, walletType: __, ...rest } = options;
  const owner = await openOwner(terminal, rest);
  try {
    const found = await findDepositWallet(owner.rpc, owner.account.address, terminal.nowMs() + READ_DEADLINE_MS);
    if (!found.isDeployed) {
      if (options.json !== true) terminal.out(preview(owner, found));
      if (!(await isConfirmed(terminal, options, 'Create the wallet now?'))) return EXIT_CODES.refused;
      await create(owner, found);
    }
    const stored = await storeRelayerKey(owner);
    if (options.json === true) {
      const { address: key } = owner.account;
      terminal.out(toJson({ outcome: found.isDeployed ? 'existed' : 'created', wallet: found.address, key, stored }));
    } else terminal.out(narrate(nextSteps(owner, found, stored)));
    return EXIT_CODES.ok;
  } finally {
    owner.close();
  }
}

function preview({ account }: Owner, { address }: DepositWallet): string {
  return `Create a deposit wallet\n\n${renderFacts([
    ['Wallet', address],
    ['Owner', `${account.address}, the key`],
    ['By', 'the venue’s relayer. The address follows from the key; nothing is signed'],
    ['Costs', 'nothing'],
  ])}`;
}

/** After a lost answer the chain decides: the wallet has code, or not yet. */
async function create(owner: Owner, { address }: DepositWallet): Promise<void> {
  const relayer = await relayerOfKey(owner);
  const deadlineAtMs = clock.nowMs() + ANSWER_DEADLINE_MS;
  const answer = await relayer.createWallet(owner.account.address, DEPOSIT_WALLET_FACTORY_ADDRESS, deadlineAtMs);
  if (answer.outcome === 'refused' || answer.outcome === 'not-sent') {
    throw new CliError(EXIT_CODES.refused, answer.outcome, `The wallet was not created. ${answer.text}`);
  }
  const untilMs = clock.nowMs() + PATIENCE_MS;
  for (;;) {
    const found = await findDepositWallet(owner.rpc, owner.account.address, clock.nowMs() + READ_DEADLINE_MS);
    if (found.isDeployed) return;
    const failure =
      answer.outcome === 'accepted'
        ? await relayer.findFailure(answer.reference, clock.nowMs() + READ_DEADLINE_MS)
        : null;
    if (failure !== null)
      throw new CliError(EXIT_CODES.failure, 'not-created', `The wallet was not created. ${failure}`);
    if (clock.nowMs() >= untilMs) {
      const text = `The wallet ${address} is not there yet. Run the command again: it looks first, and there is only one wallet for each key.`;
      throw new CliError(EXIT_CODES.failure, 'not-final', text);
    }
    await clock.sleepUntil(clock.nowMs() + LOOK_PAUSE_MS, 'rough');
  }
}

/** The relayer takes a key of its own only for the wallet of the address it belongs to (venue §9.6). */
async function relayerOfKey(owner: Owner) {
  const stored = await owner.loadRelayerKey();
  if (!('address' in stored) || isSameHex(stored.address, owner.account.address)) return owner.relayer;
  const loadRelayerKey = once(async () => makeBuilderKey(owner));
  return createPolymarketRelayer({ clock, relayerHost: owner.hosts.relayerHost, loadRelayerKey });
}

async function makeBuilderKey({ account, hosts, loadCredentials }: Owner) {
  const credentials = await loadCredentials();
  return createBuilderKey({ clock, clobHost: hosts.clobHost, account, credentials }, clock.nowMs() + READ_DEADLINE_MS);
}

/** So that the functions can redeem. A key that is stored stays. Null where there is no place for it. */
async function storeRelayerKey({ relayerSecret, loadRelayerKey }: Owner): Promise<string | null> {
  if (relayerSecret === null || !(await relayerSecret.lacksKey())) return null;
  await relayerSecret.store(await loadRelayerKey());
  return relayerSecret.name;
}

function nextSteps({ place }: Owner, { address, isDeployed }: DepositWallet, stored: string | null): string {
  return [
    `${isDeployed ? 'The deposit wallet of the key exists' : 'Created'}: ${address}`,
    ...(stored === null ? [] : [`A builder key for the relayer is stored in the secret ${stored}.`]),
    '',
    'Next:',
    `1. Pay in: send pUSD to ${address}, a few dollars at first. USDC has to be wrapped into pUSD before.`,
    `2. \`tminus approve${place.flags}\` lets the venue’s contracts move what it holds.`,
    `3. Deploy with the parameters WalletAddress=${address} and SignatureType=3 (OPERATE.md, Go live).`,
    `\`tminus wallet${place.flags}\` shows what it holds.`,
  ].join('\n');
}
