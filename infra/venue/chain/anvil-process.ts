import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { endProcess, guardChild } from '#infra/shared/child-reaper.ts';
import { ConfigError, UpstreamUnavailableError } from '#lib/errors/errors.ts';

export type Anvil = {
  /** JSON-RPC address on 127.0.0.1, without a trailing slash. */
  readonly rpcUrl: string;
  stop(): Promise<void>;
};

export type AnvilOptions = {
  readonly chainId: number;
  /** Keeps the chain over restarts. Default: in memory only. */
  readonly stateFile?: string;
  /** Seconds between blocks without transactions, as on the real chain. Default: no such blocks. */
  readonly blockEveryS?: number;
  /** Path of the binary. Default: `ANVIL_PATH`, then the bundled one. */
  readonly anvilPath?: string;
};

/** Names a binary on platforms without a bundled one. */
const ANVIL_PATH_VARIABLE = 'ANVIL_PATH';

const START_DEADLINE_MS = 10_000;
/** Blocks whose state is kept. Readers ask for the newest only. */
const STATES_KEPT = 64;

/**
 * Starts the chain's node as a child process on a free loopback port. It ends with this process, also when that is
 * killed.
 * @throws ConfigError without a binary for this machine
 * @throws UpstreamUnavailableError when the node does not listen in time
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  // Its own process group, so that Ctrl-C does not end the node before its users.
  const child = spawn(options.anvilPath ?? process.env[ANVIL_PATH_VARIABLE] ?? findAnvil(), toArguments(options), {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
    env: {},
  });
  child.on('error', () => undefined);
  const { pid } = child;
  if (pid === undefined) {
    throw new ConfigError(`The chain's node cannot be started: its binary is not executable here. ${REMEDY}`);
  }
  const releaseGuard = guardChild(pid);
  child.once('exit', releaseGuard);
  child.unref();
  const stop = async (): Promise<void> => {
    if (hasExited(child)) return;
    // The wait for the exit must keep this process alive.
    child.ref();
    const exited = once(child, 'exit');
    await endProcess(pid);
    await exited;
  };
  const address = await readAddress(child);
  if (address !== undefined) return { rpcUrl: `http://${address}`, stop };
  await stop();
  throw new UpstreamUnavailableError("The chain's node did not start in time", { exitCode: child.exitCode });
}

const REMEDY = `Run \`npm ci\` without --omit=optional on Linux x64, or set ${ANVIL_PATH_VARIABLE} to the path of anvil (getfoundry.sh).`;

function findAnvil(): string {
  try {
    return createRequire(import.meta.url).resolve('@foundry-rs/anvil-linux-amd64/bin/anvil');
  } catch {
    // npm does not install the package on other platforms.
    throw new ConfigError(
      `The chain's node (anvil) is bundled for Linux x64 and was not found on this machine. ${REMEDY}`,
    );
  }
}

function toArguments({ chainId, stateFile, blockEveryS }: AnvilOptions): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId), '--accounts', '1'],
    // A block is final two blocks later.
    ...['--slots-in-an-epoch', '1'],
    // Contracts and accounts without keys send transactions.
    '--auto-impersonate',
    ...['--prune-history', String(STATES_KEPT)],
    ...(stateFile === undefined ? [] : ['--state', stateFile, '--state-interval', '1']),
    ...(blockEveryS === undefined ? [] : ['--block-time', String(blockEveryS), '--mixed-mining']),
  ];
}

/** The node prints its address. Undefined when it ends or prints none in time. */
async function readAddress(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  const lines = createInterface({ input: child.stdout });
  const timer = setTimeout(() => lines.close(), START_DEADLINE_MS);
  try {
    for await (const line of lines) {
      const address = /^Listening on (127\.0\.0\.1:\d+)$/.exec(line.trim())?.[1];
      if (address !== undefined) return address;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
    // Later output is read and dropped: a full pipe would block the node.
    child.stdout.resume();
    releasePipe(child.stdout);
  }
}

function releasePipe(stream: NonNullable<ChildProcess['stdout']>): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}

const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
