import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Prints the packages that a process has loaded, once it ends. */
const LIST_PACKAGES = `--import=data:text/javascript,${encodeURIComponent(
  `import module from 'node:module';
   const packages = new Set();
   module.registerHooks({ load: (url, context, next) => {
     const [, name] = url.match(/node_modules\\/((?:@[^/]+\\/)?[^/]+)/) ?? [];
     if (name !== undefined) packages.add(name);
     return next(url, context);
   } });
   process.on('exit', () => console.error(JSON.stringify([...packages])));`,
)}`;

function packagesOf(...args: readonly string[]): readonly string[] {
  const { stderr } = spawnSync(process.execPath, [LIST_PACKAGES, 'lib/cli/tminus.mjs', ...args], { encoding: 'utf8' });
  return JSON.parse(stderr.trim().split('\n').at(-1) ?? '');
}

it('loads the code of a command only when the command runs', () => {
  expect(packagesOf('--help')).toEqual(['commander']);
  expect(packagesOf('sim', '--lives', '1').toSorted()).toEqual(['commander', 'zod']);
});
