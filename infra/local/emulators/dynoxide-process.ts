import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { endLeftover, endProcess, guardChild, rememberChild } from '#infra/shared/child-reaper.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';

export type Dynoxide = { readonly url: string; stop(): Promise<void> };

const START_DEADLINE_MS = 10_000;
const START_POLL_MS = 5;

/**
 * Starts the DynamoDB emulator as a child process on a free loopback port, with its rows in `tableFile`.
 * @throws UpstreamUnavailableError when it does not listen in time
 */
export async function startDynoxide(options: {
  readonly emulatorPath: string;
  readonly tableFile: string;
  readonly pidFile: string;
  /** Called when it ends without `stop`. */
  readonly onCrash: () => void;
}): Promise<Dynoxide> {
  await endLeftover(options.pidFile, options.tableFile);
  const port = await findFreePort();
  const child = spawn(
    options.emulatorPath,
    ['--host', '127.0.0.1', '--port', String(port), '--db-path', options.tableFile],
    {
      stdio: 'ignore',
      // Its own process group: Ctrl-C reaches this process only, which stops the child after the child's last user.
      detached: true,
      env: {},
    },
  );
  child.on('error', () => undefined);
  if (child.pid === undefined)
    throw new UpstreamUnavailableError('The DynamoDB emulator cannot be started: its binary is not executable here');
  const pid = child.pid;
  rememberChild(options.pidFile, pid);
  const releaseGuard = guardChild(pid);
  let isStopping = false;
  child.once('exit', () => {
    releaseGuard();
    if (!isStopping) options.onCrash();
  });
  child.unref();
  const stop = async (): Promise<void> => {
    isStopping = true;
    if (!hasExited(child)) {
      // Keeps this process alive until the child has ended.
      child.ref();
      const exited = once(child, 'exit');
      await endProcess(pid);
      await exited;
    }
    rmSync(options.pidFile, { force: true });
  };
  await waitUntilListening({ child, tableFile: options.tableFile, stop }, port);
  return { url: `http://127.0.0.1:${port}`, stop };
}

const hasExited = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

type Starting = { readonly child: ChildProcess; readonly tableFile: string; readonly stop: () => Promise<void> };

async function waitUntilListening({ child, tableFile, stop }: Starting, port: number): Promise<void> {
  const deadlineAtMs = Date.now() + START_DEADLINE_MS;
  while (!(await isListening(port))) {
    if (hasExited(child) || Date.now() > deadlineAtMs) {
      await stop();
      throw new UpstreamUnavailableError(
        `The DynamoDB emulator did not start: if ${tableFile} is damaged, move it away to look at it later, or choose another state directory`,
        {
          exitCode: child.exitCode,
        },
      );
    }
    await delay(START_POLL_MS);
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/**
 * The emulator cannot choose a port itself, and another process could take the port before it starts. This range is
 * below that of ephemeral ports (from 32768 on Linux, from 49152 elsewhere).
 */
const PORT_MIN = 20_000;
const PORT_MAX = 32_000;
const PORT_TRY_COUNT = 100;

async function findFreePort(): Promise<number> {
  for (let tryNumber = 1; tryNumber <= PORT_TRY_COUNT; tryNumber += 1) {
    const port = randomInt(PORT_MIN, PORT_MAX);
    if (await isFree(port)) return port;
  }
  throw new UpstreamUnavailableError('No free loopback port was found for the DynamoDB emulator');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
