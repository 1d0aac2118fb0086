/**
 * `npm run mutants [-- --mutate <glob,glob>] [--concurrency N] [--quick] [--force]`: mutation tests of lib/domain and
 * lib/lifecycle, folder by folder, then the score of each. `--quick` tries unit tests and properties only; a run
 * without it goes on with what they did not notice. `--survivors` lists what no test noticed, and runs nothing.
 *
 * The results of a folder are kept in `.mutants/`, also when the run is stopped, and the next run tries only mutants
 * whose code or tests have changed. It does not see a change of a fake or factory: `--force` tries all again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const TOOLS = dirname(fileURLToPath(import.meta.url));
const RESULTS = '.mutants';
const EVERYTHING = 'lib/{domain,lifecycle}/**/*.ts';
const USAGE = `Usage: npm run mutants -- [--mutate '${EVERYTHING}'] [--concurrency 1] [--quick] [--force] [--survivors]`;

const readOptions = () => {
  try {
    const { values } = parseArgs({
      options: {
        mutate: { type: 'string', short: 'm', default: EVERYTHING },
        concurrency: { type: 'string', default: '1' },
        force: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        survivors: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return /^[1-9]\d?$/.test(values.concurrency) ? values : undefined;
  } catch {
    return undefined;
  }
};

/** Globs end at commas, except at those inside braces. */
const globsOf = (text) => text.split(/,(?![^{]*\})/);

const chosenFolders = (mutate) => {
  const globs = globsOf(mutate);
  const files = globSync(EVERYTHING).filter((file) => globs.some((glob) => matchesGlob(file, glob)));
  return Object.entries(Object.groupBy(files.sort(), dirname));
};

const resultsOf = (folder) => join(RESULTS, `${folder.replaceAll('/', '-')}.json`);

/** The tools have a lock of their own, because few who install the suite run them (DECISIONS 91). */
const installTools = () => {
  const wanted = JSON.parse(readFileSync(join(TOOLS, 'package-lock.json'), 'utf8')).packages;
  const installed = join(TOOLS, 'node_modules', '.package-lock.json');
  const found = existsSync(installed) ? JSON.parse(readFileSync(installed, 'utf8')).packages : {};
  const isMissing = ([path, { version }]) => path !== '' && found[path]?.version !== version;
  if (!Object.entries(wanted).some(isMissing)) return true;
  console.log('Installing StrykerJS in scripts/mutants …');
  return spawnSync('npm', ['ci'], { cwd: TOOLS, stdio: 'inherit' }).status === 0;
};

const runFolder = ([folder, files], { concurrency, quick, force }) => {
  console.log(`\n${folder}`);
  const stryker = join(TOOLS, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const args = ['run', join(TOOLS, 'stryker.config.mjs'), '--mutate', files.join(), '--concurrency', concurrency];
  args.push('--incrementalFile', resultsOf(folder), ...(force ? ['--force'] : []));
  const options = { stdio: 'inherit', env: { ...env, MUTATED_FOLDER: folder, MUTANTS_QUICK: quick ? '1' : '' } };
  return spawnSync(process.execPath, [stryker, ...args], options).status === 0;
};

const isDetected = ({ status }) => status === 'Killed' || status === 'Timeout';
const isUnnoticed = ({ status }) => status === 'Survived' || status === 'NoCoverage';

const mutantsOf = ([folder, files]) => {
  if (!existsSync(resultsOf(folder))) return [];
  const report = JSON.parse(readFileSync(resultsOf(folder), 'utf8'));
  return files.flatMap((file) => (report.files[file]?.mutants ?? []).map((mutant) => ({ ...mutant, file })));
};

const lineOf = (name, mutants) => {
  const count = (status) => mutants.filter((mutant) => mutant.status === status).length;
  const detected = mutants.filter(isDetected).length;
  const tried = detected + mutants.filter(isUnnoticed).length;
  const score = tried === 0 ? '-' : `${((100 * detected) / tried).toFixed(1)} %`;
  const figures = [count('Killed'), count('Timeout'), count('Survived'), count('NoCoverage'), count('Ignored')];
  return `${name.padEnd(28)}${[score, ...figures].map((figure) => String(figure).padStart(11)).join('')}`;
};

const HEADING = ['score', 'killed', 'timed out', 'survived', 'untested', 'left out'];

const tellScores = (folders) => {
  console.log(`\n${'folder'.padEnd(28)}${HEADING.map((word) => word.padStart(11)).join('')}`);
  for (const folder of folders) console.log(lineOf(folder[0], mutantsOf(folder)));
  console.log(lineOf('all', folders.flatMap(mutantsOf)));
};

const tellSurvivors = (folders) => {
  for (const mutant of folders.flatMap(mutantsOf).filter(isUnnoticed)) {
    const { file, location, mutatorName, replacement, status } = mutant;
    const place = `${file}:${location.start.line}:${location.start.column}`;
    console.log(`${place} ${status} ${mutatorName}: ${replacement.replace(/\s+/g, ' ').slice(0, 160)}`);
  }
};

const options = readOptions();
if (options === undefined || options.help) {
  (options ? console.log : console.error)(USAGE);
  process.exit(options ? 0 : 2);
}
const folders = chosenFolders(options.mutate);
if (folders.length === 0) {
  console.error(`No file of ${EVERYTHING} is named by --mutate ${options.mutate}.`);
  process.exit(2);
}
if (options.survivors) tellSurvivors(folders);
else {
  mkdirSync(RESULTS, { recursive: true });
  if (!installTools()) process.exit(1);
  const failed = folders.filter((folder) => !runFolder(folder, options));
  tellScores(folders);
  for (const [folder] of failed)
    console.error(`${folder}: StrykerJS ended with an error (above); its figures are old.`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
