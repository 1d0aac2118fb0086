// T-minus runs TypeScript without a build and uses `node:sqlite`: both need Node 24, which `npm ci` installs for hosts
// that have an older one (package.json, optionalDependencies). This file is plain JavaScript, because an old Node runs
// it first.
//
//   node lib/cli/require-node.mjs <script> [arguments]      runs <script> under Node 24 or newer
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const MAJOR_MIN = 24;
const BUNDLED_PLATFORMS = ['linux-x64', 'linux-arm64'];
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const PARENT_POLL_MS = 100;

const projectFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const platform = `${process.platform}-${process.arch}`;
const compileCache = join(projectFolder, 'node_modules', '.cache', 'node-compile');
const bundledNode = join(projectFolder, 'node_modules', `node-${platform}`, 'bin', 'node');

const isNewEnough = () => Number.parseInt(process.versions.node, 10) >= MAJOR_MIN;

const giveUp = () => {
  const remedy = BUNDLED_PLATFORMS.includes(platform)
    ? 'run `npm ci` in the project folder, with optional packages, to install it'
    : `install it from https://nodejs.org; no Node is bundled for ${platform}`;
  process.stderr.write(`T-minus needs Node ${MAJOR_MIN} or newer and this is ${process.version}: ${remedy}.\n`);
  process.exit(1);
};

/** npm passes a signal to its shell only. When that has disappeared, the child gets the SIGTERM that did not arrive. */
const endChildWithNpm = (child) => {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parentPid = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parentPid) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, PARENT_POLL_MS);
};

/** Runs the script under the bundled Node and ends this process the way that one ended; never resolves. */
const continueUnderBundledNode = (script, args) =>
  new Promise(() => {
    if (!existsSync(bundledNode)) giveUp();
    const child = spawn(bundledNode, [script, ...args], {
      stdio: 'inherit',
      // Launchers that start with `#!/usr/bin/env node` find the same Node.
      env: {
        ...process.env,
        PATH: dirname(bundledNode) + delimiter + (process.env.PATH ?? ''),
        // A SIGKILL of this process cannot be passed on: the child watches for it (interruption.ts).
        TMINUS_LAUNCHER_PID: String(process.pid),
      },
    });
    // A terminal sends its signals to the child as well; the child decides how it ends, and this process waits for it.
    for (const signal of FORWARDED_SIGNALS) process.on(signal, () => child.kill(signal));
    endChildWithNpm(child);
    child.on('error', giveUp);
    child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
  });

/**
 * Keeps compiled code beside the packages: it halves the processor time of later starts. Coverage needs code compiled
 * in place.
 */
const keepCompiled = (args) => {
  if (process.env.NODE_COMPILE_CACHE !== undefined || args.includes('--coverage')) return;
  const { ENABLED } = module.constants.compileCacheStatus;
  if (module.enableCompileCache(compileCache).status === ENABLED) process.env.NODE_COMPILE_CACHE = compileCache;
};

/** Resolves at once under Node 24 or newer; otherwise the script goes on in the bundled Node, or in none at all. */
export const requireNode = async (script, args) => {
  if (!isNewEnough()) await continueUnderBundledNode(script, args);
  keepCompiled(args);
};

const isMain = process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isMain) {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined) {
    process.stderr.write('Usage: node lib/cli/require-node.mjs <script> [arguments]\n');
    process.exit(2);
  }
  const script = resolve(name);
  await requireNode(script, args);
  process.argv = [process.execPath, script, ...args];
  await import(pathToFileURL(script).href);
}
