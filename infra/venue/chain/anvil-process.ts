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
  /** Keeps the chain in this file from stop to start; in memory alone without it. */
  readonly stateFile?: string;
  /** A block every so many seconds besides those of transactions, as on the real chain; none unless given. */
  readonly blockEveryS?: number;
  /** A binary of one's own instead of the one that `ANVIL_PATH` names, or else the bundled one. */
  readonly anvilPath?: string;
};

/** The environment value that names a node of one's own, for platforms that have none bundled. */
const ANVIL_PATH_VARIABLE = 'ANVIL_PATH';

const START_DEADLINE_MS = 10_000;
/** Old states that are kept: readers ask for the newest, and memory is better spent elsewhere. */
const STATES_KEPT = 64;

/**
 * Starts the chain's node as a child on a free loopback port. It ends with this process, however that dies.
 * @throws ConfigError where there is no binary for this machine
 * @throws UpstreamUnavailableError when it does not listen in time
 */
export async function startAnvil(options: AnvilOptions): Promise<Anvil> {
  // Its own process group: Ctrl-C in a terminal reaches us, and we stop the child after its last user.
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
    // While we wait for it, the child has to keep this process alive.
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

const REMEDY = `Run \`npm ci\` without --omit=optional on Linux x64, or set ${ANVIL_PATH_VARIABLE} to an anvil of your own (getfoundry.sh).`;

function findAnvil(): string {
  try {
    return createRequire(import.meta.url).resolve('@foundry-rs/anvil-linux-amd64/bin/anvil');
  } catch {
    // Not installed: the package manager leaves out what is not for this platform.
    throw new ConfigError(
      `The chain's node (anvil) is bundled for Linux x64 and was not found on this machine. ${REMEDY}`,
    );
  }
}

function toArguments({ chainId, stateFile, blockEveryS }: AnvilOptions): string[] {
  return [
    ...['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId), '--accounts', '1'],
    // Contracts and people without keys act through the node.
    '--auto-impersonate',
    ...['--prune-history', String(STATES_KEPT)],
    ...(stateFile === undefined ? [] : ['--state', stateFile, '--state-interval', '1']),
    ...(blockEveryS === undefined ? [] : ['--block-time', String(blockEveryS), '--mixed-mining']),
  ];
}

/** It prints where it listens; undefined when it ends, or says nothing in time. */
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
    // What it prints later has to go somewhere, or it would wait for us with a full pipe.
    child.stdout.resume();
    releasePipe(child.stdout);
  }
}

function releasePipe(stream: NonNullable<ChildProcess['stdout']>): void {
  if ('unref' in stream && typeof stream.unref === 'function') stream.unref();
}

const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
