import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { ACCOUNT_ID, REGION } from '../topology.ts';
import { AwsWireError, readWireJson } from './aws-wire-error.ts';

/** Secrets in the memory of this process. */
export type LocalSecrets = {
  put(name: string, text: string): void;
  read(name: string): string | undefined;
  /** Names passed to `read` so far, in order, whether they exist or not. */
  listRead(): readonly string[];
};

export function createLocalSecrets(): LocalSecrets {
  const secrets = new Map<string, string>();
  const read: string[] = [];
  return {
    put: (name, text) => void secrets.set(name, text),
    read: (name) => {
      read.push(name);
      return secrets.get(name);
    },
    listRead: () => [...read],
  };
}

const GetSecretValueSchema = z.object({ SecretId: z.string().min(1) });

/**
 * The endpoint of Secrets Manager has a path of its own: its requests differ from those of EventBridge only in a
 * header.
 */
export const SECRETS_PATH = '/secrets-manager';

/** Secrets Manager's GetSecretValue. */
export function registerSecretsApi(app: FastifyInstance, secrets: LocalSecrets): void {
  app.post(`${SECRETS_PATH}/`, (request, reply) => {
    if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') {
      throw new AwsWireError(
        'UnknownOperationException',
        400,
        'The local Secrets Manager supports GetSecretValue only.',
      );
    }
    const { SecretId } = readWireJson(GetSecretValueSchema, request.body);
    const text = secrets.read(SecretId);
    if (text === undefined) {
      throw new AwsWireError('ResourceNotFoundException', 400, "Secrets Manager can't find the specified secret.");
    }
    const ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${SecretId}`;
    reply.type('application/x-amz-json-1.1');
    return JSON.stringify({ ARN, Name: SecretId, SecretString: text, VersionStages: ['AWSCURRENT'] });
  });
}
