import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvariantError } from '#lib/errors/errors.ts';

export type PageFile = { readonly contentType: string; readonly body: string };

const PROJECT = resolve(fileURLToPath(import.meta.url), '../../../..');
const PAGE = '/lib/console/page';
const ENTRY = `${PAGE}/main.ts`;

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** Packages that modules of the page may import, and their files for browsers. */
const PACKAGES: Readonly<Record<string, string>> = {
  preact: 'preact',
  'preact/hooks': 'preact/hooks',
  htm: 'htm',
  'htm/preact': 'htm/preact',
  uplot: 'uplot/dist/uPlot.esm.js',
};

/** What index.html links to. */
const STYLES: Readonly<Record<string, string>> = {
  '/style/pico.css': '@picocss/pico/css/pico.min.css',
  '/style/uplot.css': 'uplot/dist/uPlot.min.css',
};

/**
 * Every file that the page consists of, by its path: index.html and the styles, and each module that `main.ts` imports,
 * itself or through others, with its types stripped. Nothing else is served.
 * @throws InvariantError when a module imports what no browser can load
 */
export function readPageFiles(styles: readonly string[]): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  files.set('/', { contentType: 'text/html; charset=utf-8', body: readOwn(`${PAGE}/index.html`) });
  for (const [path, name] of Object.entries(STYLES)) files.set(path, { contentType: CSS, body: readPackage(name) });
  for (const path of styles) files.set(`${PAGE}/${path}`, { contentType: CSS, body: readOwn(`${PAGE}/${path}`) });
  addModule(files, ENTRY);
  return files;
}

function addModule(files: Map<string, PageFile>, path: string): void {
  if (files.has(path)) return;
  const source = path.startsWith(VENDOR) ? readPackage(PACKAGES[path.slice(VENDOR.length, -3)] ?? path) : strip(path);
  const imported: string[] = [];
  const body = source.replace(SPECIFIER, (_all, before: string, specifier: string) => {
    const target = resolveImport(path, specifier);
    imported.push(target);
    return `${before}'${target}'`;
  });
  files.set(path, { contentType: JAVASCRIPT, body });
  for (const each of imported) addModule(files, each);
}

const VENDOR = '/vendor/';

/** `from '…'`, `import '…'` and `import('…')`, as modules and minified packages write them. */
const SPECIFIER = /(\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"\n]+)['"]/g;

function resolveImport(path: string, specifier: string): string {
  if (specifier.startsWith('./') || specifier.startsWith('../')) return posix.join(posix.dirname(path), specifier);
  if (specifier.startsWith('#lib/')) return `/${specifier.slice(1)}`;
  if (Object.hasOwn(PACKAGES, specifier)) return `${VENDOR}${specifier}.js`;
  throw new InvariantError(`${path} imports ${specifier}, which is not served to browsers (lib/console/README.md)`);
}

function strip(path: string): string {
  const source = readOwn(path);
  const { emitWarning } = process;
  // Node 24 calls the function experimental on standard error; Node strips our own modules in the same way.
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function readOwn(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8');
}

function readPackage(name: string): string {
  return readFileSync(fileURLToPath(import.meta.resolve(name)), 'utf8');
}
