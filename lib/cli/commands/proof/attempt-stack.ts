// Child process of `tminus bench attempt`.
import { serveAttemptStack } from '#infra/proof/attempt/serve-attempt-stack.ts';
import { startLocalStack } from '#lib/cli/suite/local-stack.ts';

await serveAttemptStack(startLocalStack);
