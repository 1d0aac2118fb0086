// Adds the platform packages a partial registry could not list to package-lock.json, so that `npm ci` accepts
// the lock on every platform. Run it after each `npm install` that changes the lock.
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = 'package-lock.json';
const PLATFORM = /(darwin|win32|android|freebsd|linux)/;
const PROCESSOR = /(arm64|amd64|x64|ia32)/;

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));

const stubOf = (name, version, parent) => {
  const cpu = PROCESSOR.exec(name)?.[1]?.replace('amd64', 'x64');
  return {
    version,
    ...(cpu && { cpu: [cpu] }),
    ...(parent.dev && { dev: true }),
    ...(name.includes('musl') && { libc: ['musl'] }),
    optional: true,
    os: [PLATFORM.exec(name)[1]],
  };
};

for (const [path, parent] of Object.entries({ ...lock.packages })) {
  if (path === '') continue;
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    // Only names that hold an operating system: other optional packages are resolved by every registry.
    if (!PLATFORM.test(name) || lock.packages[key] || lock.packages[`${path}/${key}`]) continue;
    lock.packages[key] = stubOf(name, version, parent);
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(LOCK, `${JSON.stringify(lock, null, 2)}\n`);
