import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const answerOf = { start: 'started', stop: 'stopped' };

/** One thread that outlives a run of vitest. @see https://vitest.dev/guide/advanced/pool */
let thread;

/**
 * Runs test files in a thread that is kept from one mutant to the next. Vitest's own pools start a thread for each run,
 * and loading the modules takes about ten times as long as the tests of a mutant do. Test files are loaded again in
 * every run, what they import is not.
 */
const createKeptWorker = ({ distPath, env, execArgv, project }) => {
  const listeners = new Map();
  const isNew = thread === undefined;
  const answer = (type) =>
    queueMicrotask(() => listeners.get('message')?.({ type: answerOf[type], __vitest_worker_response__: true }));
  const on = (event, callback) => {
    listeners.set(event, callback);
    thread.on(event, callback);
  };
  const off = (event, callback) => thread.off(event, callback);
  return {
    name: 'kept',
    on,
    off,
    deserialize: (data) => data,
    async start() {
      if (!isNew) return;
      thread = new Worker(join(distPath, 'workers/threads.js'), { env, execArgv });
      // The thread must not keep the process: only Stryker does.
      thread.unref();
    },
    send(message) {
      if (message.type === 'stop' || (message.type === 'start' && !isNew)) answer(message.type);
      // The pattern of the tests that cover a mutant is in the settings, which a thread otherwise gets at its start.
      else if (message.type === 'run')
        thread.postMessage({ ...message, context: { ...message.context, config: project.serializedConfig } });
      else thread.postMessage(message);
    },
    async stop() {
      for (const [event, callback] of listeners) thread.off(event, callback);
    },
  };
};

/** A plugin and not the setting `pool`, which Stryker overrules. */
export const keepWorker = {
  name: 'kept-worker',
  configureVitest: ({ project }) => {
    project.config.poolRunner = { name: 'kept', createPoolWorker: createKeptWorker };
    project.config.pool = 'kept';
  },
};
