import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { ACCOUNT_ID, REGION } from '../topology.ts';
import { AwsWireError, readWireJson } from './aws-wire-error.ts';

/** Secrets of this machine: in memory alone, gone with the process, and told to nobody but who asks by name. */
export type LocalVault = {
  put(name: string, text: string): void;
  /** The text of the secret, noted as asked for. */
  read(name: string): string | undefined;
  /** Names that were asked for, in order, whether they exist or not. */
  listAsked(): readonly string[];
};

export function createLocalVault(): LocalVault {
  const secrets = new Map<string, string>();
  const asked: string[] = [];
  return {
    put: (name, text) => void secrets.set(name, text),
    read: (name) => {
      asked.push(name);
      return secrets.get(name);
    },
    listAsked: () => [...asked],
  };
}

const GetSecretValueSchema = z.object({ SecretId: z.string().min(1) });

/** Secrets Manager has its endpoint below this path: its requests differ from the event bus's by a header alone. */
export const VAULT_PATH = '/secrets-manager';

/** Secrets Manager's GetSecretValue, which is all that functions may do with secrets. */
export function registerVaultApi(app: FastifyInstance, vault: LocalVault): void {
  app.post(`${VAULT_PATH}/`, (request, reply) => {
    if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') {
      throw new AwsWireError('UnknownOperationException', 400, 'The local vault knows GetSecretValue only.');
    }
    const { SecretId } = readWireJson(GetSecretValueSchema, request.body);
    const text = vault.read(SecretId);
    if (text === undefined) {
      throw new AwsWireError('ResourceNotFoundException', 400, "Secrets Manager can't find the specified secret.");
    }
    const ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT_ID}:secret:${SecretId}`;
    reply.type('application/x-amz-json-1.1');
    return JSON.stringify({ ARN, Name: SecretId, SecretString: text, VersionStages: ['AWSCURRENT'] });
  });
}
