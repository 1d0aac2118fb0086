// Stands for Lambda's Node runtime: loads the handler, asks for events, sends answers. Plain JavaScript in one file,
// because it runs beside a bundle and without the project.
import { request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API: api, LAMBDA_TASK_ROOT: folder, _HANDLER: handlerName } = process.env;
const [host, port] = api.split(':');

/** One call of the Runtime API. */
const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const outgoing = request({ host, port, method, path: `/2018-06-01/runtime/${path}` }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk) => {
        text += chunk;
      });
      incoming.on('end', () => resolve({ headers: incoming.headers, text }));
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

const describe = (error) =>
  JSON.stringify({
    errorType: error?.name ?? 'Error',
    errorMessage: error?.message ?? String(error),
    trace: error?.stack?.split('\n') ?? [],
  });

const contextOf = (headers) => ({
  awsRequestId: headers['lambda-runtime-aws-request-id'],
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  getRemainingTimeInMillis: () => Math.max(Number(headers['lambda-runtime-deadline-ms']) - Date.now(), 0),
});

const load = async () => {
  const [file, name] = handlerName.split('.');
  const module = await import(pathToFileURL(join(folder, `${file}.mjs`)).href);
  return module[name];
};

try {
  const handler = await load();
  for (;;) {
    const { headers, text } = await call('GET', 'invocation/next');
    const invocation = `invocation/${headers['lambda-runtime-aws-request-id']}`;
    try {
      const answer = await handler(JSON.parse(text), contextOf(headers));
      await call('POST', `${invocation}/response`, JSON.stringify(answer ?? null));
    } catch (error) {
      await call('POST', `${invocation}/error`, describe(error));
    }
  }
} catch (error) {
  await call('POST', 'init/error', describe(error)).catch(() => undefined);
  process.exitCode = 1;
}
