import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeCall } from '#lib/adapters/evm/encode-abi.ts';
import { createRpc } from '#lib/adapters/polygon/json-rpc.ts';
import { createWalletActions } from '#lib/adapters/polygon/owner/wallet-actions.ts';
import { COLLATERAL_ADDRESS, CONDITIONAL_TOKENS_ADDRESS } from '#lib/adapters/polygon/polygon-contracts.ts';
import { createPolymarketRelayer } from '#lib/adapters/polymarket/relayer/polymarket-relayer.ts';
import { createKeySigningAccount } from '#lib/adapters/signing/key-signing-account.ts';
import { systemClock as clock } from '#lib/adapters/system/system-clock.ts';
import { createActionJournal } from '#lib/cli/owner/action-journal.ts';
import { startCloudformationDouble } from '#test/fixtures/cloudformation-double.ts';
import { kmsDouble } from '#test/fixtures/kms-double.ts';
import { type KeyOwner, type OwnerRun, type OwnerWorld, startOwnerWorld } from '#test/fixtures/owner-world.ts';
import { startAwsWire } from '#test/integration/aws/aws-wire.ts';

const RECEIVER = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const LAG = { timeout: 40_000, interval: 1_000 };
const TYPES = [0, 1, 2, 3] as const;
const VERSIONS = { 0: ['v1', 'v2'], 1: ['v1'], 2: ['v2'], 3: ['v1', 'v2'] } as const;

/** Chain, venue, relayer and keys. There is no suite: no table, queue or function answers anywhere. */
let world: OwnerWorld;
const everything: { readonly owner: KeyOwner; readonly run: OwnerRun }[] = [];
beforeAll(async () => {
  world = await startOwnerWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  world.relayer.setFault(null);
  world.venue.clearConditions();
});

/** With a folder of its own for the notes of each owner. */
async function run(owner: KeyOwner, args: readonly string[], options: Parameters<KeyOwner['run']>[1] = {}) {
  const result = await owner.run([...args, '--notes', join(world.folder, owner.key)], options);
  everything.push({ owner, run: result });
  return result;
}
const json = ({ code, out, err }: OwnerRun) => {
  if (code !== 0) throw new Error(`code ${code}: ${err}`);
  return JSON.parse(out);
};
const cash = (wallet: string) => world.chain.collateralOf(wallet);

function actionsOf({ privateKey, wallet }: KeyOwner, signatureType: 0 | 3) {
  const account = createKeySigningAccount(privateKey);
  const rpc = createRpc({ clock, rpcUrl: world.chain.rpcUrl });
  const { host: relayerHost, key } = world.relayer;
  const relayer = createPolymarketRelayer({ clock, relayerHost, loadRelayerKey: async () => key });
  const walletAddress = wallet as `0x${string}`;
  return createWalletActions({ clock, rpc, walletAddress, signatureType, account, relayer });
}

/** A market without a book, whose result the test writes. */
async function aMarket(version: 'v1' | 'v2'): Promise<string> {
  const slug = await world.openMarket(version);
  await world.chain.prepareMarket(slug, version);
  return slug;
}

describe.each(TYPES)('the owner of a wallet of type %i, by the key alone', (type) => {
  let owner: KeyOwner;
  beforeAll(async () => {
    owner = await world.createOwner(type);
  });

  it('sees what the wallet is and holds', async () => {
    const seen = json(await run(owner, ['wallet', '--json']));
    expect(seen).toMatchObject({ wallet: owner.wallet, key: owner.key, signatureType: type });
    expect(seen).toMatchObject({ isOwnedByKey: true, isSound: true, cashMicros: '50000000' });
    expect(seen.approvals.filter(({ isGranted }: { isGranted: boolean }) => !isGranted)).toEqual([]);
  });

  it('withdraws after a yes, and sends nothing after a no or without a terminal', async () => {
    const ask = ['withdraw', '--to', RECEIVER, '--usd', '12.5'];
    const before = await cash(RECEIVER);
    const unasked = await run(owner, ask);
    expect(unasked).toMatchObject({ code: 3, err: expect.stringContaining('Add --yes') });
    const refused = await run(owner, ask, { answer: 'n' });
    expect(refused).toMatchObject({ code: 3, out: expect.stringContaining('Nothing was sent') });
    expect(await cash(RECEIVER)).toBe(before);
    const done = await run(owner, ask, { answer: 'y' });
    expect(done).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Left +\$37\.50[\s\S]*Withdrawn: \$12\.50.*\n0x[0-9a-f]{64}/),
    });
    expect(await cash(RECEIVER)).toBe(before + 12_500_000n);
    expect(await cash(owner.wallet)).toBe(37_500_000n);
    for (const line of done.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each(VERSIONS[type])('merges pairs and redeems what won, in %s', async (version) => {
    const slug = await aMarket(version);
    const { wallet } = owner;
    const { chain } = world;
    await chain.mintShares({ wallet, slug, version, outcome: 'UP', sharesMicros: 9_000_001n });
    await chain.mintShares({ wallet, slug, version, outcome: 'DOWN', sharesMicros: 4_000_000n });
    const before = await cash(wallet);
    const early = await run(owner, ['redeem', '--market', slug, '--yes']);
    expect(early).toMatchObject({ code: 3, err: expect.stringContaining('not resolved') });
    const merged = json(await run(owner, ['merge', '--market', slug, '--shares', '1.5', '--yes', '--json']));
    expect(merged.merged).toMatchObject({ cashMicros: '1500000', transactionHashes: [expect.stringMatching(/^0x/)] });
    expect(await cash(wallet)).toBe(before + 1_500_000n);
    const tooMany = await run(owner, ['merge', '--market', slug, '--shares', '2.6', '--yes']);
    expect(tooMany).toMatchObject({ code: 3, err: expect.stringContaining('2.50 pairs') });
    await chain.resolve(slug, 'UP', version);
    await chain.finalize();
    const redeemed = json(await run(owner, ['redeem', '--market', slug, '--yes', '--json']));
    expect(redeemed.redeemed).toMatchObject([{ market: slug, cashMicros: '7500001' }]);
    expect(await cash(wallet)).toBe(before + 9_000_001n);
    const again = await run(owner, ['redeem', '--market', slug, '--yes']);
    expect(again).toMatchObject({ code: 3, err: expect.stringContaining('no shares of this market that pay') });
  });
});

it.each([
  [0, 'v1'],
  [3, 'v2'],
] as const)('a wallet of type %i sells at market, down to the floor of the preview, in %s', async (type, version) => {
  const owner = await world.createOwner(type);
  const slug = await world.openMarket(version);
  const { wallet } = owner;
  await world.chain.mintShares({ wallet, slug, version, outcome: 'UP', sharesMicros: 6_005_000n });
  const before = await cash(wallet);
  const dear = await run(owner, ['sell-now', '--market', slug, '--min-price', '0.97', '--yes', '--json']);
  expect(dear.code).toBe(1);
  expect(JSON.parse(dear.out).sold).toMatchObject([{ sharesMicros: '0', leftMicros: '6005000' }]);
  // The venue's index of wallets lags.
  await vi.waitFor(async () => expect(json(await run(owner, ['wallet', '--json'])).holdings).toHaveLength(1), LAG);
  const done = await run(owner, ['sell-now', '--all', '--yes']);
  expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/Floor +\d+\.\d¢[\s\S]*Sold: 6\.00 Up/) });
  expect(await cash(wallet)).toBeGreaterThan(before + 2_000_000n);
  expect(await world.chain.sharesOf(wallet, world.chain.identify(slug, version).tokenIds.UP)).toBe(5_000n);
});

describe('a withdrawal', () => {
  let owner: KeyOwner;
  beforeAll(async () => {
    owner = await world.createOwner(3);
  });

  it.each([
    [['--to', '0x0000000000000000000000000000000000000000', '--usd', '1'], 2, 'zero address'],
    [['--to', `${RECEIVER.slice(0, -1)}9`, '--usd', '1'], 2, 'checksum'],
    [['--to', RECEIVER, '--usd', '0'], 2, 'above zero'],
    [['--to', RECEIVER, '--usd', '1e3'], 2, 'above zero'],
    [['--to', RECEIVER, '--usd', '50.000001'], 3, 'holds $50.00'],
    [['--to', CONDITIONAL_TOKENS_ADDRESS, '--usd', '1'], 3, 'contract of the venue'],
    [['--to', COLLATERAL_ADDRESS, '--usd', '1'], 3, 'contract of the venue'],
  ])('is refused with %j', async (args, code, words) => {
    const refused = await run(owner, ['withdraw', ...args, '--yes']);
    expect(refused).toMatchObject({ code, err: expect.stringContaining(words) });
  });

  it('to the wallet itself is refused', async () => {
    const refused = await run(owner, ['withdraw', '--to', owner.wallet, '--usd', '1', '--yes']);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining('the wallet itself') });
  });

  it('whose answer is lost counts once', async () => {
    world.relayer.setFault({ kind: 'lost-answer', isExecuted: true });
    const before = await cash(RECEIVER);
    const done = await run(owner, ['withdraw', '--to', RECEIVER, '--usd', '3', '--yes']);
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining('Withdrawn: $3.00') });
    expect(await cash(RECEIVER)).toBe(before + 3_000_000n);
  });

  it.each([
    [{ kind: 'busy' }, 'wallet busy'],
    [{ kind: 'quota', resetsInS: 60 }, 'quota exceeded'],
    [{ kind: 'call-blocked', target: COLLATERAL_ADDRESS }, 'call blocked'],
  ] as const)('that the relayer refuses (%j) leaves nothing behind', async (fault, words) => {
    world.relayer.setFault(fault);
    const refused = await run(owner, ['withdraw', '--to', RECEIVER, '--usd', '1', '--yes']);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining(words) });
    expect(createActionJournal(join(world.folder, owner.key), owner.wallet).find()).toBeUndefined();
  });

  it.each([0, 3] as const)(
    'of a command that was killed after it sent is found before another (type %i)',
    async (type) => {
      const killed = await world.createOwner(type);
      const actions = actionsOf(killed, type);
      const call = encodeCall(COLLATERAL_ADDRESS, 'transfer(address,uint256)', [RECEIVER, 7_000_000n]);
      const prepared = await actions.prepare([call], Date.now() + 10_000);
      if (prepared.outcome !== 'prepared') throw new Error(prepared.text);
      const journal = createActionJournal(join(world.folder, killed.key), killed.wallet);
      journal.save({ what: 'withdraw $7.00', startedAtMs: Date.now(), intent: prepared.intent, reference: null });
      await actions.send(prepared.intent, Date.now() + 10_000);
      const next = await run(killed, ['withdraw', '--to', RECEIVER, '--usd', '44', '--yes']);
      expect(next).toMatchObject({
        code: 3,
        err: expect.stringMatching(
          /did not see the end of: withdraw \$7\.00[\s\S]*took effect: 0x[\s\S]*holds \$43\.00/,
        ),
      });
      expect(journal.find()).toBeUndefined();
    },
  );

  it.each([1, 2] as const)('from a wallet of another key is refused (type %i)', async (type) => {
    const [own, other] = [await world.createOwner(type), await world.createOwner(type)];
    const named = ['--wallet', other.wallet, '--wallet-type', String(type)];
    const refused = await run(own, ['withdraw', '--to', RECEIVER, '--usd', '1', '--yes', ...named]);
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('does not own the wallet') });
    expect([await cash(own.wallet), await cash(other.wallet)]).toEqual([50_000_000n, 50_000_000n]);
  });

  it('whose nonce the suite used for another batch has not taken effect', async () => {
    const beside = await world.createOwner(3);
    const actions = actionsOf(beside, 3);
    const prepare = async (to: string) => {
      const call = encodeCall(COLLATERAL_ADDRESS, 'transfer(address,uint256)', [to, 2_000_000n]);
      const prepared = await actions.prepare([call], Date.now() + 10_000);
      if (prepared.outcome !== 'prepared') throw new Error(prepared.text);
      return prepared.intent;
    };
    const [intent, others] = [await prepare(RECEIVER), await prepare(owner.wallet)];
    createActionJournal(join(world.folder, beside.key), beside.wallet).save({
      ...{ what: 'withdraw $2.00', startedAtMs: Date.now(), intent, reference: null },
    });
    await actions.send(others, Date.now() + 10_000);
    await world.chain.finalize();
    const next = await run(beside, ['withdraw', '--to', RECEIVER, '--usd', '49', '--yes']);
    expect(next.err).toMatch(/did not take effect\. Nothing was moved\. Another\s+batch/);
  });

  it('that was noted and never sent is not sent by a later command', async () => {
    const killed = await world.createOwner(0);
    const call = encodeCall(COLLATERAL_ADDRESS, 'transfer(address,uint256)', [RECEIVER, 7_000_000n]);
    const prepared = await actionsOf(killed, 0).prepare([call], Date.now() + 10_000);
    if (prepared.outcome !== 'prepared') throw new Error(prepared.text);
    const journal = createActionJournal(join(world.folder, killed.key), killed.wallet);
    journal.save({ what: 'withdraw $7.00', startedAtMs: Date.now(), intent: prepared.intent, reference: null });
    const next = await run(killed, ['withdraw', '--to', RECEIVER, '--usd', '51', '--yes']);
    expect(next).toMatchObject({ code: 3, err: expect.stringMatching(/is not sent again[\s\S]*holds \$50\.00/) });
    expect(journal.find()).toBeUndefined();
  });

  it('is not signed while the note of an earlier one cannot be read', async () => {
    const other = await world.createOwner(0);
    createActionJournal(join(world.folder, other.key), other.wallet).clear();
    const noted = await run(other, ['withdraw', '--to', RECEIVER, '--usd', '1', '--yes']);
    expect(noted.code).toBe(0);
    writeFileSync(join(world.folder, other.key, `${other.wallet.toLowerCase()}.json`), '{');
    const refused = await run(other, ['withdraw', '--to', RECEIVER, '--usd', '1', '--yes']);
    expect(refused).toMatchObject({ code: 5, err: expect.stringContaining('cannot be read') });
  });
});

describe('a sell by hand', () => {
  it('whose answer is lost is looked up, and sells once', async () => {
    const owner = await world.createOwner(0);
    const slug = await world.openMarket('v1');
    await world.chain.mintShares({ wallet: owner.wallet, slug, outcome: 'UP', sharesMicros: 5_000_000n });
    world.venue.setCondition({ kind: 'reply-lost-after', count: 1 });
    const done = await run(owner, ['sell-now', '--market', slug, '--yes']);
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining('Sold: 5.00 Up') });
    expect(done.err).toMatch(/looked up\s+before another one/);
    expect(await world.chain.sharesOf(owner.wallet, world.chain.identify(slug, 'v1').tokenIds.UP)).toBe(0n);
  });
});

it('names what was sold before a failure, and that pairs merge for more', async () => {
  const owner = await world.createOwner(0);
  const slug = await world.openMarket('v1');
  const { wallet } = owner;
  for (const outcome of ['UP', 'DOWN'] as const) {
    await world.chain.mintShares({ wallet, slug, outcome, sharesMicros: 5_000_000n });
  }
  const { UP } = world.chain.identify(slug, 'v1').tokenIds;
  const running = run(owner, ['sell-now', '--market', slug, '--yes']);
  await vi.waitFor(async () => expect(await world.chain.sharesOf(wallet, UP)).toBe(0n), { timeout: 20_000 });
  // The sale of the first outcome waits for its trade to be final; what rests of the second cannot be listed.
  world.venue.setFault({ path: '/data/orders', kind: 'status', status: 500 });
  const done = await running;
  world.venue.clearFaults();
  expect(done).toMatchObject({ code: 1, out: expect.stringMatching(/tminus merge --market[\s\S]*Sold: 5\.00 Up/) });
  expect(done.err).toContain('tminus: ');
});

describe('a deposit wallet of a key in KMS', () => {
  it('is created without a website, once, also when the answer is lost, and is approved in one batch', async () => {
    const owner = await world.createOwner(3, { hasWallet: false });
    const kms = kmsDouble(owner.privateKey);
    let stored = '';
    const wire = await startAwsWire(async (request) => {
      if (request.target?.startsWith('secretsmanager.') !== true) return kms(request);
      if (request.target === 'secretsmanager.PutSecretValue') stored = String(request.body.SecretString);
      return { status: 200, body: { Name: 'relayer', SecretString: stored || 'Generated-by-AWS' } };
    });
    const env = { ...wire.env, LIVE_KMS_KEY_ID: 'alias/tminus/live/signing', LIVE_RELAYER_SECRET: 'relayer' } as Record<
      string,
      string
    >;
    const cloudformation = await startCloudformationDouble();
    const cloud = { AWS_ENDPOINT_URL_CLOUDFORMATION: cloudformation.url };
    try {
      const missing = await run(owner, ['wallet'], { env });
      expect(missing).toMatchObject({ code: 1, out: expect.stringContaining('not deployed') });
      world.relayer.setFault({ kind: 'lost-answer', isExecuted: true });
      const made = json(await run(owner, ['wallet', 'create', '--yes', '--json'], { env }));
      expect(made).toMatchObject({ outcome: 'created', key: owner.key, stored: 'relayer' });
      world.relayer.setFault(null);
      const again = json(await run(owner, ['wallet', 'create', '--json'], { env }));
      expect(again).toMatchObject({ outcome: 'existed', wallet: made.wallet, stored: null });
      await world.chain.mintCash(made.wallet, 5_000_000n);
      const approved = json(await run(owner, ['approve', '--yes', '--json'], { env }));
      expect(new Set(approved.set.map((each: { transactionHash: string }) => each.transactionHash)).size).toBe(1);
      expect(await run(owner, ['wallet'], { env })).toMatchObject({
        code: 0,
        out: expect.not.stringContaining('missing'),
      });
      const out = json(await run(owner, ['withdraw', '--to', RECEIVER, '--usd', 'all', '--yes', '--json'], { env }));
      expect(out).toMatchObject({ outcome: 'withdrawn', micros: '5000000', leftMicros: '0' });
      // The stage's stacks are gone; its key is found by the name that they gave it.
      const ofStage = json(await run(owner, ['wallet', '--stage', 'live', '--json'], { env: { ...env, ...cloud } }));
      expect(ofStage).toMatchObject({ wallet: made.wallet, isSound: true });
      const { secret, passphrase } = JSON.parse(stored);
      for (const each of everything)
        expect(`${each.run.out}${each.run.err}`).not.toMatch(new RegExp(`${secret}|${passphrase}`));
    } finally {
      await cloudformation.stop();
      await wire.stop();
    }
  });
});

describe('without the relayer', () => {
  it('the owner pauses the deposit wallet, waits an hour and takes the cash out', async () => {
    const owner = await world.createOwner(3);
    world.relayer.setFault({ kind: 'down' });
    const ask = ['withdraw', '--to', RECEIVER, '--usd', 'all', '--emergency', '--yes'];
    expect(await run(owner, ask)).toMatchObject({ code: 0, out: expect.stringMatching(/60\s+minutes later/) });
    expect(await run(owner, ask)).toMatchObject({ code: 3, err: expect.stringContaining('may be emptied from') });
    const rpc = createRpc({ clock, rpcUrl: world.chain.rpcUrl });
    await rpc.sendOne({ method: 'evm_increaseTime', params: [3_700] }, Date.now() + 10_000);
    await world.chain.finalize();
    const before = await cash(RECEIVER);
    expect(await run(owner, ask)).toMatchObject({ code: 0, out: expect.stringContaining('Withdrawn: $50.00') });
    expect(await cash(RECEIVER)).toBe(before + 50_000_000n);
  });

  it('and no output of any command shows a key', () => {
    expect(everything.length).toBeGreaterThan(30);
    for (const { owner, run: each } of everything) {
      expect(`${each.out}${each.err}`.toLowerCase()).not.toContain(owner.privateKey.slice(2).toLowerCase());
    }
  });
});
