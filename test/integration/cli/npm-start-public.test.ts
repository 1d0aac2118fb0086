import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '#lib/cli/main.ts';
import { createFakeTerminal } from '#test/fakes/fake-terminal.ts';
import { BY_THE_BOOK } from '#test/fixtures/foreign-venue/dialect.ts';
import { type ForeignVenue, startForeignVenue } from '#test/fixtures/foreign-venue/start-foreign-venue.ts';
import { makeStateDir, removeStateDir, type StoryChild, startStory } from './npm-start-child.ts';

let stateDir: string;
beforeAll(() => {
  stateDir = makeStateDir();
});
afterAll(() => removeStateDir(stateDir));

describe('npm start -- --public', () => {
  let venue: ForeignVenue;
  let story: StoryChild;

  beforeAll(async () => {
    venue = await startForeignVenue({ dialect: BY_THE_BOOK, signatureType: 0, cashMicros: 0n });
    const { CLOB_HOST, GAMMA_HOST, BINANCE_HOST } = venue.hosts;
    const hosts = { CLOB_HOST, GAMMA_HOST, BINANCE_HOST };
    story = startStory(stateDir, ['--public', '--exit-lead', '15s', '--floor', '0.05', '--slack-ticks', '3'], hosts);
    await story.says('The stack keeps running');
  });

  afterAll(async () => {
    story.child.kill('SIGKILL');
    await story.ended;
    await venue.stop();
  });

  async function run(...args: readonly string[]) {
    const terminal = createFakeTerminal({ env: {} });
    const code = await main([...args, '--state-dir', stateDir], terminal);
    return { code, out: terminal.outLines.join('\n'), err: terminal.errLines.join('\n') };
  }

  /** Windows that this venue lists by itself, of both versions in turn. */
  function quarterHour(index: number): string {
    const listed = venue.catalogue.all().filter(({ slug }) => slug.startsWith('btc-updown-15m-'));
    return listed.filter(({ endsAtMs }) => endsAtMs > Date.now() + 300_000)[index]!.slug;
  }

  it('says where it reads, and opens nothing by itself', async () => {
    expect(story.out().replaceAll('\n', ' ')).toContain(
      `Public data: ${venue.hosts.CLOB_HOST}, ${venue.hosts.GAMMA_HOST}`,
    );
    expect(JSON.parse((await run('positions', '--json')).out)).toEqual([]);
  });

  it('opens and exits on paper by the books of that venue, by the terms of the command', async () => {
    const slug = quarterHour(0);
    const request = [
      ...['open', '--asset', 'BTC', '--side', 'UP', '--usd', '10', '--market-slug', slug, '--json'],
      ...['--exit-lead', '1m40s', '--floor', '0.2', '--request-id', 'by-terms'],
    ];
    const opened = await run(...request, '--merge');
    expect(opened).toMatchObject({ code: 0 });
    // The same request with another term is refused, so that it was on record.
    expect(await run(...request, '--merge')).toMatchObject({ code: 0 });
    expect(await run(...request, '--no-merge')).toMatchObject({ code: 3 });
    const { position } = JSON.parse(opened.out);
    expect(position).toMatchObject({ state: 'holding', mode: 'paper', entryPrice: '0.550000' });
    expect(position.marketEndsAtMs - position.exitDueAtMs).toBe(100_000);
    expect(await run('exit', position.positionId, '--wait')).toMatchObject({ code: 0 });
    const [view] = JSON.parse((await run('positions', '--json')).out);
    // Sold into the bids of that venue's book.
    expect(view).toMatchObject({ state: 'exited', exitPrice: '0.520000' });
    // Nothing reached its ledger: it is paper.
    expect(venue.paths.filter((path) => path.includes('/order'))).toEqual([]);
  });

  it('takes the terms of the start where the command has none', async () => {
    const slug = quarterHour(1);
    const { out } = await run('open', '--asset', 'BTC', '--side', 'UP', '--usd', '10', '--market-slug', slug, '--json');
    const { position } = JSON.parse(out);
    expect(position.marketEndsAtMs - position.exitDueAtMs).toBe(15_000);
  });
});

describe('npm start -- --public without a network', () => {
  async function closedPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
    const address = server.address();
    await new Promise((done) => void server.close(done));
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  it('says so in one sentence, and ends with code 5', async () => {
    const host = `127.0.0.1:${await closedPort()}`;
    const terminal = createFakeTerminal({
      env: { CLOB_HOST: `http://${host}`, GAMMA_HOST: `http://${host}`, BINANCE_HOST: `http://${host}` },
    });
    expect(await main(['start', '--public', '--json', '--state-dir', `${stateDir}/none`], terminal)).toBe(5);
    expect(JSON.parse(terminal.errLines.join('') || terminal.outLines.join(''))).toMatchObject({
      code: 'venue-unreachable',
      message:
        `Polymarket's public data cannot be reached (${host} was not reached or broke off): ` +
        'check the network of this machine, or name other hosts in CLOB_HOST and GAMMA_HOST.',
    });
  });

  it.each([
    ['--markets', '3'],
    ['--recordings', 'somewhere'],
    ['--scenario', 'unsellable'],
  ])('has no %s of its own', async (...option) => {
    const terminal = createFakeTerminal({ env: {} });
    expect(await main(['start', '--public', ...option, '--state-dir', stateDir], terminal)).toBe(2);
  });
});
